import { listPorts, type Port } from "../../openstack/neutron/ports.ts";
import type { Desk, PooledRow } from "./desk.ts";
import { complaintOf } from "./inspect.ts";
import { complaintOnNode, isWired } from "./on-node.ts";

/** An agent takes two to four seconds on a quiet node. */
const FIRST_LOOK_MS = 500;
const LONGEST_PAUSE_MS = 4_000;
/** What is not wired by then will not be. */
const WIRED_WITHIN_MS = 60_000;
const LOOK_S = 30;

/** Waits until ports are ACTIVE, all of one Neutron together: one request a look, and growing pauses. */
export class Wired {
  #pauseMs = FIRST_LOOK_MS;

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
      if (this.desk.store.hotPorts.move(row.id, "wiring", "hot", port)) pool.setback.succeeded();
    } else if (this.desk.now() - row.changedAt > WIRED_WITHIN_MS) {
      this.desk.spoilt(pooled, "not wired", new Error(neverWired(pooled)));
    }
  }
}

function neverWired({ row, pool }: PooledRow): string {
  const { wiring, config } = pool.site.surroundings;
  const agent = wiring.driver?.agent ?? "Neutron's agent";
  const seconds = WIRED_WITHIN_MS / 1000;
  return `port ${row.portId} was not ACTIVE within ${seconds} s: ${agent} on host "${config.hostname}" has not wired it, look at its log`;
}
