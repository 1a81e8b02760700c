import type { Simulator } from "../simulator/server.ts";

/** A node's line to the simulator: no sockets, for they keep to the real time, and a count of the calls on it. */
export class Line {
  /** Calls that have no answer yet, and the most there were at once. */
  underWay = 0;
  mostUnderWay = 0;

  constructor(private readonly simulator: Simulator) {}

  /** Makes what opens connections of its own, such as a session, so that they are on this line. */
  connecting<T>(make: () => T): T {
    const line = this;
    const real = Bun.FetchSession;
    class LineSession {
      fetch(url: string, init: RequestInit): Promise<Response> {
        return line.#send(new Request(url, init), init.signal ?? undefined);
      }
      close(): void {}
    }
    Object.assign(Bun, { FetchSession: LineSession });
    try {
      return make();
    } finally {
      Object.assign(Bun, { FetchSession: real });
    }
  }

  /** As over a connection: who gives up has no answer, and Neutron goes on nevertheless. */
  async #send(request: Request, signal: AbortSignal | undefined): Promise<Response> {
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const giveUp = () => reject(signal?.reason);
    signal?.addEventListener("abort", giveUp, { once: true });
    if (signal?.aborted) giveUp();
    try {
      return await Promise.race([this.simulator.answer(request), aborted]);
    } finally {
      this.underWay -= 1;
      signal?.removeEventListener("abort", giveUp);
    }
  }
}
