import type { Database } from "bun:sqlite";
import type { AttachmentRecord, Attachments, AttemptKey } from "./attachments.ts";

/**
 * - making: its creation is asked for, and may or may not have happened
 * - wiring: it is there, and not yet seen to be wired
 * - hot: ready for a pod
 * - cooling: its pod is gone; what is still on its way to it must pass first
 * - leaving: being deleted
 */
export type HotPortState = "making" | "wiring" | "hot" | "cooling" | "leaving";

/** A Neutron port of this node that no pod has. */
export interface HotPortRecord {
  id: number;
  pool: string;
  /** The CNI network, as in an attachment. */
  network: string;
  /** What Neutron may know it by: the `device_id` of its creation, or of a pod that had it. */
  deviceId: string;
  state: HotPortState;
  portId?: string;
  /** The Neutron port as last seen. */
  port?: unknown;
  /** The wiring's plan. */
  wiring?: unknown;
  /** Since when it is in this state, in milliseconds since the epoch. */
  changedAt: number;
}

export type HotPortCounts = Readonly<Record<HotPortState, number>>;

interface Row {
  id: number;
  pool: string;
  network: string;
  device_id: string;
  state: HotPortState;
  port_id: string | null;
  port: string | null;
  wiring: string | null;
  changed_at: number;
}

/**
 * The node's ports without a pod. A port is in this table, or in a row of the attachments, or in neither: it changes
 * over in one transaction, so that whatever dies whenever, it is never in both.
 */
export class HotPorts {
  constructor(
    private readonly db: Database,
    private readonly attachments: Attachments,
  ) {}

  list(pool?: string): HotPortRecord[] {
    const sql = "SELECT * FROM hot_ports";
    const rows =
      pool === undefined
        ? this.db.query<Row, []>(`${sql} ORDER BY id`).all()
        : this.db.query<Row, [string]>(`${sql} WHERE pool = ? ORDER BY id`).all(pool);
    return rows.map(toRecord);
  }

  /** Those in these states, of all pools. */
  listIn(states: readonly HotPortState[]): HotPortRecord[] {
    return this.db
      .query<Row, [string]>(
        "SELECT * FROM hot_ports WHERE state IN (SELECT value FROM json_each(?)) ORDER BY id",
      )
      .all(JSON.stringify(states))
      .map(toRecord);
  }

  /** How many ports of a pool there are in each state. */
  counts(pool: string): HotPortCounts {
    const counts = { making: 0, wiring: 0, hot: 0, cooling: 0, leaving: 0 };
    const rows = this.db
      .query<{ state: HotPortState; ports: number }, [string]>(
        "SELECT state, count(*) AS ports FROM hot_ports WHERE pool = ? GROUP BY state",
      )
      .all(pool);
    for (const { state, ports } of rows) counts[state] = ports;
    return counts;
  }

  /** Whether a pod could have one of a pool's now. */
  isReady(pool: string): boolean {
    return (
      this.db.query("SELECT 1 FROM hot_ports WHERE pool = ? AND state = 'hot' LIMIT 1").get(pool) !== null
    );
  }

  /** How many ports of a pool are cooling since `before` (milliseconds since the epoch) or longer. */
  countCooled(pool: string, before: number): number {
    const row = this.db
      .query<{ ports: number }, [string, number]>(
        "SELECT count(*) AS ports FROM hot_ports WHERE pool = ? AND state = 'cooling' AND changed_at <= ?",
      )
      .get(pool, before);
    return row?.ports ?? 0;
  }

  /** Whether a port is in here. */
  has(portId: string): boolean {
    return this.db.query("SELECT 1 FROM hot_ports WHERE port_id = ?").get(portId) !== null;
  }

  /** Whether a pod of a CNI network could have one now. */
  hasReady(network: string): boolean {
    return (
      this.db.query("SELECT 1 FROM hot_ports WHERE network = ? AND state = 'hot' LIMIT 1").get(network) !==
      null
    );
  }

  /** Writes the intent of a creation before it is asked for. */
  making(pool: string, network: string, deviceIds: readonly string[]): void {
    const insert = this.db.query(
      "INSERT INTO hot_ports (pool, network, device_id, state, changed_at) VALUES (?, ?, ?, 'making', ?)",
    );
    const now = Date.now();
    this.db.transaction(() => {
      for (const deviceId of deviceIds) insert.run(pool, network, deviceId, now);
    })();
  }

  /** The port of an intent is there. */
  created(deviceId: string, portId: string, port: unknown): void {
    this.db
      .query("UPDATE hot_ports SET port_id = ?, port = ? WHERE device_id = ? AND state = 'making'")
      .run(portId, JSON.stringify(port), deviceId);
  }

  /** It is bound, and to be wired as planned. */
  made(deviceId: string, portId: string, port: unknown, wiring: unknown): void {
    this.db
      .query(
        `UPDATE hot_ports SET state = 'wiring', port_id = ?, port = ?, wiring = ?, changed_at = ?
         WHERE device_id = ? AND state = 'making'`,
      )
      .run(portId, JSON.stringify(port), JSON.stringify(wiring), Date.now(), deviceId);
  }

  /** Takes in a port that no row knew of, such as after the store was lost. */
  adopted(port: Omit<HotPortRecord, "id" | "changedAt"> & { portId: string }): void {
    this.db
      .query(
        `INSERT INTO hot_ports (pool, network, device_id, state, port_id, port, wiring, changed_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(
        port.pool,
        port.network,
        port.deviceId,
        port.state,
        port.portId,
        JSON.stringify(port.port ?? null),
        JSON.stringify(port.wiring ?? null),
        Date.now(),
      );
  }

  /** Changes the state of one, if it is still in `from`; `port` is what Neutron says of it now. */
  move(id: number, from: HotPortState, to: HotPortState, port?: unknown): boolean {
    const { changes } = this.db
      .query(
        "UPDATE hot_ports SET state = ?, changed_at = ?, port = coalesce(?, port) WHERE id = ? AND state = ?",
      )
      .run(to, Date.now(), port === undefined ? null : JSON.stringify(port), id, from);
    return changes === 1;
  }

  /** It is gone from Neutron, or the journal has it. False: it was forgotten before, or a pod has it. */
  forget(id: number): boolean {
    return this.db.query("DELETE FROM hot_ports WHERE id = ?").run(id).changes === 1;
  }

  /**
   * Gives the port that has been ready longest to an ADD at work, and forgets it here.
   *
   * @returns undefined when none is ready; "overtaken" when a DEL has taken the attachment over
   */
  claim(pool: string, key: AttemptKey): HotPortRecord | "overtaken" | undefined {
    return this.db
      .transaction(() => {
        const row = this.db
          .query<Row, [string]>(
            "SELECT * FROM hot_ports WHERE pool = ? AND state = 'hot' ORDER BY changed_at, id LIMIT 1",
          )
          .get(pool);
        if (row === null) return undefined;
        const record = toRecord(row);
        const pooled = { pool, port: record.port, identityDue: Date.now() };
        if (!this.attachments.planned(key, record.portId ?? "", record.wiring, pooled)) return "overtaken";
        this.forget(row.id);
        return record;
      })
      .immediate();
  }

  /**
   * Takes the port of an attachment that is being removed; the attachment is gone with it.
   *
   * @param port what is known of it; undefined: what the attachment says, and that it is DOWN
   * @returns false: it had none any more
   */
  takeBack(record: AttachmentRecord, port?: unknown): boolean {
    return this.db
      .transaction(() => {
        const now = this.attachments.get(record);
        const { portId, pool } = now ?? {};
        if (now?.state !== "detaching" || portId === undefined || pool === undefined) return false;
        this.adopted({ ...now, portId, pool, port: port ?? now.port, state: "cooling" });
        this.attachments.detached(now, now.deviceId);
        return true;
      })
      .immediate();
  }
}

function toRecord(row: Row): HotPortRecord {
  return {
    id: row.id,
    pool: row.pool,
    network: row.network,
    deviceId: row.device_id,
    state: row.state,
    ...(row.port_id === null ? {} : { portId: row.port_id }),
    ...(row.port === null ? {} : { port: JSON.parse(row.port) as unknown }),
    ...(row.wiring === null ? {} : { wiring: JSON.parse(row.wiring) as unknown }),
    changedAt: row.changed_at,
  };
}
