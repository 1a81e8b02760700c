/** Whose turn it is: ADDs of several networks share the agent's workers fairly. Pure but for the promises. */

export interface TurnLimits {
  /** At work at once, of all networks. */
  total: number;
  /** Of one network. */
  perNetwork: number;
}

/**
 * An ADD at work mostly waits for Neutron, whose calls have a limit of their own: the numbers bound memory, and how
 * many of a slow network's pods others wait behind.
 */
export const TURN_LIMITS: TurnLimits = { total: 64, perNetwork: 32 };

interface Line {
  atWork: number;
  waiting: (() => void)[];
}

/**
 * Networks take turns, each in the order its ADDs came. A network with none at work gets its first one in although
 * the total is reached: however many networks are stuck, they never hold up another.
 */
export class Turns {
  /** In the order of their turns: who was served last is at the end. */
  private readonly lines = new Map<string, Line>();
  private atWork = 0;

  constructor(private readonly limits: TurnLimits = TURN_LIMITS) {}

  /**
   * Waits for a turn; what is answered gives it back.
   *
   * @throws the signal's reason, when it comes before the turn
   */
  async take(network: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const line = this.lineOf(network);
    line.waiting.push(resolve);
    const giveUp = () => {
      const place = line.waiting.indexOf(resolve);
      if (place === -1) return;
      line.waiting.splice(place, 1);
      this.forgetIfIdle(network, line);
      reject(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    this.serve();
    await promise.finally(() => signal.removeEventListener("abort", giveUp));
    return () => this.giveBack(network, line);
  }

  /** By network, those with any. */
  load(): { network: string; waiting: number; atWork: number }[] {
    return [...this.lines].map(([network, { waiting, atWork }]) => ({
      network,
      waiting: waiting.length,
      atWork,
    }));
  }

  private giveBack(network: string, line: Line): void {
    line.atWork--;
    this.atWork--;
    this.forgetIfIdle(network, line);
    this.serve();
  }

  /** One of each network that may, around and around, until none may. */
  private serve(): void {
    for (let served = true; served; ) {
      served = false;
      for (const [network, line] of [...this.lines]) {
        if (!this.mayStart(line)) continue;
        const start = line.waiting.shift();
        if (start === undefined) continue;
        line.atWork++;
        this.atWork++;
        this.lines.delete(network);
        this.lines.set(network, line);
        served = true;
        start();
      }
    }
  }

  private mayStart({ atWork }: Line): boolean {
    return atWork === 0 || (atWork < this.limits.perNetwork && this.atWork < this.limits.total);
  }

  private lineOf(network: string): Line {
    const known = this.lines.get(network);
    if (known !== undefined) return known;
    const line: Line = { atWork: 0, waiting: [] };
    this.lines.set(network, line);
    return line;
  }

  private forgetIfIdle(network: string, line: Line): void {
    if (line.atWork === 0 && line.waiting.length === 0) this.lines.delete(network);
  }
}
