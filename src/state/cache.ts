import type { Database } from "bun:sqlite";

/** Answers of slow servers, shared by the processes of the node. Losing it costs time, never correctness. */
export class Cache {
  constructor(private readonly db: Database) {}

  /** The value, unless it is older than `maxAgeMs`. */
  get<T>(key: string, maxAgeMs: number): T | undefined {
    const row = this.db
      .query<{ value: string }, [string, number]>("SELECT value FROM cache WHERE key = ? AND stored_at >= ?")
      .get(key, Date.now() - maxAgeMs);
    return row ? (JSON.parse(row.value) as T) : undefined;
  }

  /** The value, however old, with its age in milliseconds. */
  look<T>(key: string): { value: T; ageMs: number } | undefined {
    const row = this.db
      .query<{ value: string; stored_at: number }, [string]>(
        "SELECT value, stored_at FROM cache WHERE key = ?",
      )
      .get(key);
    return row ? { value: JSON.parse(row.value) as T, ageMs: Date.now() - row.stored_at } : undefined;
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
