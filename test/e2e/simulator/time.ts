/** Sixty seconds in no time: deletes that a node's journal keeps for later are due now. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes every pending delete of a node's store due, as if the time had passed in which Neutron may still carry out a creation
 * whose answer was lost. Whoever calls it knows that no such creation is under way.
 */
export function letJournalFallDue(stateDir: string): void {
  const path = join(stateDir, "skynet.db");
  if (!existsSync(path)) return;
  const db = new Database(path);
  try {
    db.run("PRAGMA busy_timeout=5000");
    db.run("UPDATE pending_deletes SET not_before = 0, due_at = 0");
  } finally {
    db.close();
  }
}
