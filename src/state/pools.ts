import type { Database } from "bun:sqlite";

/** What pods have asked for: ports alike in all that matters to them. */
export interface PoolRecord {
  key: string;
  /** The CNI network. */
  network: string;
  /** Which Neutron, and project. */
  endpoint: string;
  spec: unknown;
  /** When a pod last asked for one, in milliseconds since the epoch. */
  askedAt: number;
}

interface Row {
  key: string;
  network: string;
  endpoint: string;
  spec: string;
  asked_at: number;
}

/** The kinds of ports in demand on the node; an agent that starts has them ready before a pod asks again. */
export class Pools {
  constructor(private readonly db: Database) {}

  /** Remembers that a pod asked for such a port. */
  asked(pool: Omit<PoolRecord, "askedAt">): void {
    this.db
      .query(
        `INSERT INTO pools (key, network, endpoint, spec, asked_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET asked_at = excluded.asked_at`,
      )
      .run(pool.key, pool.network, pool.endpoint, JSON.stringify(pool.spec), Date.now());
  }

  list(): PoolRecord[] {
    return this.db.query<Row, []>("SELECT * FROM pools ORDER BY key").all().map(toRecord);
  }

  /** Nobody asks for it any more. As long as it has ports it stays: they are of its kind. */
  forget(key: string): void {
    this.db
      .query("DELETE FROM pools WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM hot_ports WHERE pool = ?1)")
      .run(key);
  }
}

function toRecord({ asked_at, spec, ...row }: Row): PoolRecord {
  return { ...row, spec: JSON.parse(spec) as unknown, askedAt: asked_at };
}
