import type { Database } from "bun:sqlite";

/**
 * Answers of slow servers, shared by the processes of the node. Losing it costs time, never correctness. What was stored at a
 * time that is still to come, for the clock was put back, is older than anybody wants it.
 */
export class Cache {
  constructor(private readonly db: Database) {}

  /** The value, unless it is older than `maxAgeMs`. */
  get<T>(key: string, maxAgeMs: number): T | undefined {
    const known = this.look<T>(key);
    return known !== undefined && known.ageMs <= maxAgeMs ? known.value : undefined;
  }

  /** The value, however old, with its age in milliseconds. */
  look<T>(key: string): { value: T; ageMs: number } | undefined {
    const row = this.db
      .query<{ value: string; stored_at: number }, [string]>(
        "SELECT value, stored_at FROM cache WHERE key = ?",
      )
      .get(key);
    if (row === null) return undefined;
    const ageMs = Date.now() - row.stored_at;
    return { value: JSON.parse(row.value) as T, ageMs: ageMs < 0 ? Number.POSITIVE_INFINITY : ageMs };
  }

  set(key: string, value: unknown): void {
    this.db
      .query("INSERT OR REPLACE INTO cache (key, value, stored_at) VALUES (?, ?, ?)")
      .run(key, JSON.stringify(value), Date.now());
  }

  delete(key: string): void {
    this.db.query("DELETE FROM cache WHERE key = ?").run(key);
  }

  /** Removes every key that begins with `prefix`. */
  deletePrefix(prefix: string): void {
    this.db.query("DELETE FROM cache WHERE substr(key, 1, length(?1)) = ?1").run(prefix);
  }
}
