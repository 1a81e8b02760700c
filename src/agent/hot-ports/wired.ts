import { listPorts, type Port } from "../../openstack/neutron/ports.ts";
import type { Desk, PooledRow } from "./desk.ts";
import { complaintOf } from "./inspect.ts";
import { complaintOnNode, isWired } from "./on-node.ts";

/** An agent takes two to four seconds on a quiet node. */
const FIRST_LOOK_MS = 500;
const LONGEST_PAUSE_MS = 4_000;
/** After so long in which not one more was wired, those that wait will not be: an agent that is only slow goes on. */
const NO_PROGRESS_MS = 60_000;
/** Nor will one that was passed by for so long. */
const WIRED_WITHIN_MS = 600_000;
const LOOK_S = 30;

/** Waits until ports are ACTIVE, all of one Neutron together: one request a look, and growing pauses. */
export class Wired {
  #pauseMs = FIRST_LOOK_MS;
  /** When one was last seen to be wired, in milliseconds since the epoch. */
  #progressAt = 0;

  constructor(
    private readonly desk: Desk,
    private readonly endpoint: string,
  ) {}

  /** There are new ones. @returns when to look, in milliseconds */
  hurry(): number {
    this.#pauseMs = FIRST_LOOK_MS;
    return FIRST_LOOK_MS;
  }

  /** @returns when to look again, in milliseconds; undefined: there are none */
  async look(signal: AbortSignal): Promise<number | undefined> {
    const rows = this.desk.rows(this.endpoint, "wiring");
    const [first] = rows;
    if (first === undefined) return undefined;
    const ids = rows.flatMap(({ row }) => row.portId ?? []);
    const what = "looking whether ports are wired";
    const task = { what, seconds: LOOK_S, priority: "pool", lane: "hot ports", signal } as const;
    const ports = await this.desk.errand(first.pool.site, task, (world) =>
      listPorts(world.neutron, { ids }, world.deadline.signal),
    );
    for (const pooled of rows) {
      const port = ports.find(({ id }) => id === pooled.row.portId);
      await this.#judge(pooled, port, signal);
    }
    const pause = this.#pauseMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, pause * 1.5);
    return pause;
  }

  async #judge(pooled: PooledRow, port: Port | undefined, signal: AbortSignal): Promise<void> {
    const { row, pool } = pooled;
    const complaint =
      complaintOf(pool.spec, row.port as Port, port) ??
      (port?.status === "ACTIVE" ? await complaintOnNode(pooled, signal) : undefined);
    if (complaint !== undefined || port === undefined) {
      this.desk.spoilt(pooled, `${complaint}`, new Error(`port ${row.portId}: ${complaint}`));
    } else if (await isWired(pooled, port, signal)) {
      this.#progressAt = this.desk.now();
      if (!this.desk.store.hotPorts.move(row.id, "wiring", "hot", port)) return;
      pool.setback.succeeded();
      this.desk.wake("pools", this.endpoint);
    } else if (this.#isHopeless(row.changedAt)) {
      this.desk.spoilt(pooled, "not wired", new Error(neverWired(pooled)));
    }
  }

  #isHopeless(since: number): boolean {
    const now = this.desk.now();
    return now - since > WIRED_WITHIN_MS || now - Math.max(since, this.#progressAt) > NO_PROGRESS_MS;
  }
}

/** The same for all that wait, so that it is said once. */
function neverWired({ pool }: PooledRow): string {
  const { wiring, config } = pool.site.surroundings;
  const agent = wiring.driver?.agent ?? "Neutron's agent";
  return `ports do not become ACTIVE: ${agent} on host "${config.hostname}" has not wired them, look at its log`;
}
