import type { Database } from "bun:sqlite";
import { durably } from "./database.ts";

/** What must go and could not go when its pod went: a Neutron port, or what a virtual switch has of it. */
export interface PendingDelete {
  id: number;
  network: string;
  /** The port's device_id; whoever deletes checks it again. */
  deviceId: string;
  /** Absent when the port's creation was never answered: it is looked up by its device_id. */
  portId?: string;
  /** The wiring's plan, where a virtual switch still has to forget the port. */
  wiring?: unknown;
  reason: string;
  attempts: number;
  lastError?: string;
  createdAt: number;
  /** Milliseconds since the epoch: the next try, pauses and claims included. */
  notBefore: number;
  /** Milliseconds since the epoch: what was asked for when it was noted. Before, not finding the port proves nothing. */
  dueAt: number;
}

interface Row {
  id: number;
  network: string;
  device_id: string;
  port_id: string | null;
  wiring: string | null;
  reason: string;
  attempts: number;
  last_error: string | null;
  created_at: number;
  not_before: number;
  due_at: number;
}

/** How long a claimed entry is left to the process that claimed it. */
const CLAIM_MS = 60_000;
const FIRST_RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;

/** What is to wait for longer than anything is was noted before the clock was put back. */
const IS_DUE = `(not_before <= ?1 OR not_before > ?1 + ${LONGEST_RETRY_MS})`;

/** Work that outlives the process: deletes that Neutron, or a virtual switch, has not confirmed yet. */
export class Journal {
  constructor(private readonly db: Database) {}

  /** Notes a delete, on the disk before it returns. A second note for the same device only adds what it knows. */
  add(entry: {
    network: string;
    deviceId: string;
    portId?: string | undefined;
    wiring?: unknown;
    reason: string;
    notBefore?: number;
  }): void {
    const now = Date.now();
    const wiring = entry.wiring === undefined ? null : JSON.stringify(entry.wiring);
    durably(this.db, () =>
      this.db
        .query(
          `INSERT INTO pending_deletes (network, device_id, port_id, wiring, reason, created_at, not_before, due_at)
           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)
           ON CONFLICT (network, device_id) DO UPDATE SET port_id = coalesce(excluded.port_id, port_id),
             wiring = coalesce(excluded.wiring, wiring), reason = excluded.reason, not_before = excluded.not_before, due_at = max(due_at, excluded.due_at)`,
        )
        .run(
          entry.network,
          entry.deviceId,
          entry.portId ?? null,
          wiring,
          entry.reason,
          now,
          entry.notBefore ?? now,
        ),
    );
  }

  list(network?: string): PendingDelete[] {
    const sql = "SELECT * FROM pending_deletes";
    const rows =
      network === undefined
        ? this.db.query<Row, []>(`${sql} ORDER BY id`).all()
        : this.db.query<Row, [string]>(`${sql} WHERE network = ? ORDER BY id`).all(network);
    return rows.map(toPending);
  }

  /** Takes up to `limit` entries that are due (with `force`, all), so that no other process works on them too. */
  claim(network: string, limit: number, force = false): PendingDelete[] {
    const now = Date.now();
    const due = force ? Number.MAX_SAFE_INTEGER : now;
    const rows = this.db
      .query<Row, [number, number, string, number]>(
        `UPDATE pending_deletes SET not_before = ?2, attempts = attempts + 1
         WHERE id IN (SELECT id FROM pending_deletes WHERE network = ?3 AND ${IS_DUE} ORDER BY not_before LIMIT ?4)
         RETURNING *`,
      )
      .all(due, now + CLAIM_MS, network, limit);
    return rows.map(toPending);
  }

  /** Whether anything of this network is due. */
  isDue(network: string): boolean {
    return (
      this.db
        .query(`SELECT 1 FROM pending_deletes WHERE network = ?2 AND ${IS_DUE} LIMIT 1`)
        .get(Date.now(), network) !== null
    );
  }

  /** Puts a claimed entry back until it is due. */
  postponed(entry: PendingDelete): void {
    this.db
      .query("UPDATE pending_deletes SET not_before = min(due_at, ?) WHERE id = ?")
      .run(Date.now() + LONGEST_RETRY_MS, entry.id);
  }

  /** The port that an entry was about has been found and deleted otherwise; what a switch has of one stays noted. */
  settled(network: string, deviceId: string): void {
    this.db
      .query("DELETE FROM pending_deletes WHERE network = ? AND device_id = ? AND wiring IS NULL")
      .run(network, deviceId);
  }

  done(id: number): void {
    this.db.query("DELETE FROM pending_deletes WHERE id = ?").run(id);
  }

  /** Puts a claimed entry back, to be tried again after a growing pause. */
  failed(entry: PendingDelete, error: string): void {
    const pause = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(entry.attempts - 1, 10));
    this.db
      .query("UPDATE pending_deletes SET not_before = ?, last_error = ? WHERE id = ?")
      .run(Date.now() + pause, error, entry.id);
  }
}

function toPending(row: Row): PendingDelete {
  return {
    id: row.id,
    network: row.network,
    deviceId: row.device_id,
    ...(row.port_id === null ? {} : { portId: row.port_id }),
    ...(row.wiring === null ? {} : { wiring: JSON.parse(row.wiring) as unknown }),
    reason: row.reason,
    attempts: row.attempts,
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
    createdAt: row.created_at,
    notBefore: row.not_before,
    dueAt: row.due_at,
  };
}
