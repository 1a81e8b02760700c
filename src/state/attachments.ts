import type { Database } from "bun:sqlite";
import { isAlive, ownIdentity } from "./process.ts";

/** What makes an attachment itself: the CNI network's name, the container and the interface in it. */
export interface AttachmentKey {
  network: string;
  containerId: string;
  ifname: string;
}

/** One ADD of an attachment: a process may be at work on a second while the first still finds out that it was overtaken. */
export interface AttemptKey extends AttachmentKey {
  attempt?: string;
}

export interface PodIdentity {
  namespace?: string | undefined;
  name?: string | undefined;
  uid?: string | undefined;
}

/**
 * - attaching: an ADD is at work, or died at it
 * - attached: the runtime has the answer
 * - detaching: a DEL or GC is at work, or died at it
 * - detached: gone; remembered for a while so that a repeated DEL needs no call to Neutron
 */
export type AttachmentState = "attaching" | "attached" | "detaching" | "detached";

/** One row: everything that is needed to check or undo an attachment without asking Neutron. */
export interface AttachmentRecord extends AttachmentKey {
  state: AttachmentState;
  deviceId: string;
  netns: string;
  pod: PodIdentity;
  portId?: string;
  /** The wiring's plan, as the wiring wrote it. */
  wiring?: unknown;
  /** What ADD answered, in the newest result shape. */
  answer?: unknown;
  /** The Neutron port as it was last seen, where it is needed again: for a port that goes back to its pool. */
  port?: unknown;
  /** The pool of hot ports that its port goes back to; without it the port is deleted with the attachment. */
  pool?: string;
  /** Since when (milliseconds since the epoch) Neutron is to be told whose the port is; absent: it knows. */
  identityDue?: number;
  owner: { pid: number; start: string };
  /** Milliseconds since the epoch. */
  createdAt: number;
  /** When the ADD at work must have ended by its own deadline. */
  expiresAt: number;
}

/** That a port came from a pool, or will go to one. */
export interface Pooled {
  pool: string;
  port: unknown;
  /** Absent: Neutron knows already whose it is. */
  identityDue?: number;
}

/** Why an ADD could not begin: what an earlier one left, and whether its process is still at work on it. */
export interface InTheWay {
  record: AttachmentRecord;
  atWork: boolean;
}

interface Row {
  network: string;
  container_id: string;
  ifname: string;
  state: AttachmentState;
  device_id: string;
  netns: string;
  pod_namespace: string | null;
  pod_name: string | null;
  pod_uid: string | null;
  port_id: string | null;
  wiring: string | null;
  answer: string | null;
  port: string | null;
  pool: string | null;
  identity_due: number | null;
  owner_pid: number;
  owner_start: string;
  created_at: number;
  expires_at: number;
}

const WHERE_KEY = "network = ? AND container_id = ? AND ifname = ?";
const OURS = `${WHERE_KEY} AND state = 'attaching' AND owner_pid = ? AND owner_start = ? AND attempt = ?`;
/** What a row forgets when its attachment is gone. */
const FORGOTTEN =
  "port_id = NULL, wiring = NULL, answer = NULL, port = NULL, pool = NULL, identity_due = NULL";

/** The attachments of this node. Every change is one transaction, and says by its result whether it held. */
export class Attachments {
  constructor(private readonly db: Database) {}

  get(key: AttachmentKey): AttachmentRecord | undefined {
    const row = this.db
      .query<Row, [string, string, string]>(`SELECT * FROM attachments WHERE ${WHERE_KEY}`)
      .get(...keyOf(key));
    return row ? toRecord(row) : undefined;
  }

  /** All attachments of one CNI network, or of all networks; those already detached are left out. */
  list(network?: string): AttachmentRecord[] {
    const sql = "SELECT * FROM attachments WHERE state != 'detached'";
    const rows =
      network === undefined
        ? this.db.query<Row, []>(`${sql} ORDER BY created_at`).all()
        : this.db.query<Row, [string]>(`${sql} AND network = ? ORDER BY created_at`).all(network);
    return rows.map(toRecord);
  }

  /**
   * Writes the intent of an ADD before anything is made. Where an earlier ADD of the same key is in the way,
   * nothing is written and it is returned: its remains are to be removed first.
   */
  begin(
    key: AttemptKey,
    intent: { deviceId: string; netns: string; pod: PodIdentity; expiresAt: number },
  ): InTheWay | undefined {
    for (;;) {
      if (this.insert(key, intent)) return undefined;
      const earlier = this.get(key);
      if (earlier !== undefined && earlier.state !== "detached") {
        return { record: earlier, atWork: isAtWork(earlier) };
      }
    }
  }

  /** One statement, and so one transaction; a row that is only remembered gives way. False: there is another. */
  private insert(
    key: AttemptKey,
    intent: { deviceId: string; netns: string; pod: PodIdentity; expiresAt: number },
  ): boolean {
    const now = Date.now();
    const { pid, start } = ownIdentity();
    const { changes } = this.db
      .query(
        `INSERT INTO attachments (network, container_id, ifname, state, device_id, netns,
           pod_namespace, pod_name, pod_uid, owner_pid, owner_start, attempt, created_at, expires_at, changed_at)
         VALUES (?, ?, ?, 'attaching', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET state = excluded.state, device_id = excluded.device_id, netns = excluded.netns,
           pod_namespace = excluded.pod_namespace, pod_name = excluded.pod_name, pod_uid = excluded.pod_uid,
           ${FORGOTTEN}, owner_pid = excluded.owner_pid,
           owner_start = excluded.owner_start, attempt = excluded.attempt, created_at = excluded.created_at, expires_at = excluded.expires_at,
           changed_at = excluded.changed_at WHERE state = 'detached'`,
      )
      .run(
        ...keyOf(key),
        intent.deviceId,
        intent.netns,
        intent.pod.namespace ?? null,
        intent.pod.name ?? null,
        intent.pod.uid ?? null,
        pid,
        start,
        key.attempt ?? "",
        now,
        intent.expiresAt,
        now,
      );
    return changes === 1;
  }

  /** Records the port and how it will be wired. False: a DEL has come in between, undo everything. */
  planned(key: AttemptKey, portId: string, wiring: unknown, pooled?: Pooled): boolean {
    const { changes } = this.db
      .query(
        `UPDATE attachments SET port_id = ?, wiring = ?, port = ?, pool = ?, identity_due = ?, changed_at = ? WHERE ${OURS}`,
      )
      .run(
        portId,
        JSON.stringify(wiring),
        pooled === undefined ? null : JSON.stringify(pooled.port),
        pooled?.pool ?? null,
        pooled?.identityDue ?? null,
        Date.now(),
        ...attemptOf(key),
      );
    return changes === 1;
  }

  /** Ends an ADD. False: a DEL has come in between, undo everything. */
  attached(key: AttemptKey, answer: unknown): boolean {
    const { changes } = this.db
      .query(`UPDATE attachments SET state = 'attached', answer = ?, changed_at = ? WHERE ${OURS}`)
      .run(JSON.stringify(answer), Date.now(), ...attemptOf(key));
    return changes === 1;
  }

  /** Writes the row of a pod that is there and that no row knew of, whole or not at all. False: there is one now. */
  adopted(
    key: AttemptKey,
    intent: { deviceId: string; netns: string; pod: PodIdentity; expiresAt: number },
    made: { portId: string; wiring: unknown; answer: unknown },
  ): boolean {
    return this.db
      .transaction(() => {
        if (this.begin(key, intent) !== undefined) return false;
        return this.planned(key, made.portId, made.wiring) && this.attached(key, made.answer);
      })
      .immediate();
  }

  /** Whether this ADD is still the one at work. */
  isOurs(key: AttemptKey): boolean {
    return this.db.query(`SELECT 1 FROM attachments WHERE ${OURS}`).get(...attemptOf(key)) !== null;
  }

  /** Ends a failed ADD whose undo is done; leaves the row to whoever has taken it over since. */
  abandoned(key: AttemptKey): void {
    this.db.query(`DELETE FROM attachments WHERE ${OURS}`).run(...attemptOf(key));
  }

  /** Attached pods whose port Neutron still knows under another name, longest waiting first. */
  listIdentityDue(): AttachmentRecord[] {
    return this.db
      .query<Row, []>(
        "SELECT * FROM attachments WHERE state = 'attached' AND identity_due IS NOT NULL ORDER BY identity_due",
      )
      .all()
      .map(toRecord);
  }

  /**
   * Neutron knows whose the port is; `port` is what it answered. Left alone when the port is somebody else's by now, or its
   * pod is being removed: what Neutron says of it may be older than that.
   */
  identified(key: AttachmentKey, portId: string, port: unknown): void {
    this.db
      .query(
        `UPDATE attachments SET identity_due = NULL, port = ?
         WHERE ${WHERE_KEY} AND port_id = ? AND state = 'attached'`,
      )
      .run(JSON.stringify(port), ...keyOf(key), portId);
  }

  /** What Neutron says now of an attached pod's port, where the port is remembered: its attributes in `changes` are so. */
  seen(portId: string, changes: object): void {
    this.db
      .query(
        `UPDATE attachments SET port = json_patch(port, ?1)
         WHERE port_id = ?2 AND state = 'attached' AND json_patch(port, ?1) != port`,
      )
      .run(JSON.stringify(changes), portId);
  }

  /**
   * Takes an attachment over for removal: an ADD still at work finds out at its next step. From now on its port counts as
   * DOWN: whoever finishes the removal may not be the one who knows whether the port was wired anew.
   */
  detaching(key: AttachmentKey): void {
    this.db
      .query(
        `UPDATE attachments SET state = 'detaching', port = json_set(port, '$.status', 'DOWN'), changed_at = ?
         WHERE ${WHERE_KEY} AND state != 'detached'`,
      )
      .run(Date.now(), ...keyOf(key));
  }

  /** The attachment is gone; only the fact is kept. One that an ADD has begun since is another, whether it has ended or not. */
  detached(key: AttachmentKey, deviceId: string): void {
    const now = Date.now();
    this.db
      .query(
        `INSERT INTO attachments (network, container_id, ifname, state, device_id, netns, owner_pid, owner_start,
           created_at, expires_at, changed_at)
         VALUES (?, ?, ?, 'detached', ?, '', 0, '', ?, 0, ?)
         ON CONFLICT DO UPDATE SET state = 'detached', ${FORGOTTEN},
           changed_at = excluded.changed_at WHERE state NOT IN ('attaching', 'attached')`,
      )
      .run(...keyOf(key), deviceId, now, now);
  }

  /** Forgets those detached before `before` (milliseconds since the epoch). */
  forgetDetached(before: number): void {
    this.db.query("DELETE FROM attachments WHERE state = 'detached' AND changed_at < ?").run(before);
  }
}

/** Whether the ADD behind a row is still at it: a long-lived process may have given up on it, so its time counts too. */
export function isAtWork(record: AttachmentRecord): boolean {
  return record.state === "attaching" && isAlive(record.owner) && Date.now() < record.expiresAt;
}

function attemptOf(key: AttemptKey): [string, string, string, number, string, string] {
  const { pid, start } = ownIdentity();
  return [...keyOf(key), pid, start, key.attempt ?? ""];
}

function keyOf(key: AttachmentKey): [string, string, string] {
  return [key.network, key.containerId, key.ifname];
}

function toRecord(row: Row): AttachmentRecord {
  return {
    network: row.network,
    containerId: row.container_id,
    ifname: row.ifname,
    state: row.state,
    deviceId: row.device_id,
    netns: row.netns,
    pod: {
      namespace: row.pod_namespace ?? undefined,
      name: row.pod_name ?? undefined,
      uid: row.pod_uid ?? undefined,
    },
    ...(row.port_id === null ? {} : { portId: row.port_id }),
    ...(row.wiring === null ? {} : { wiring: JSON.parse(row.wiring) as unknown }),
    ...(row.answer === null ? {} : { answer: JSON.parse(row.answer) as unknown }),
    ...(row.port === null ? {} : { port: JSON.parse(row.port) as unknown }),
    ...(row.pool === null ? {} : { pool: row.pool }),
    ...(row.identity_due === null ? {} : { identityDue: row.identity_due }),
    owner: { pid: row.owner_pid, start: row.owner_start },
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}
