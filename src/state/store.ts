import { Attachments } from "./attachments.ts";
import { Cache } from "./cache.ts";
import { openDatabase } from "./database.ts";
import { HotPorts } from "./hot-ports.ts";
import { Journal } from "./journal.ts";
import { Pools } from "./pools.ts";

/** The node's durable store: attachments, ports without a pod and their pools, the journal of pending deletes, and cached answers. */
export interface Store {
  attachments: Attachments;
  hotPorts: HotPorts;
  pools: Pools;
  journal: Journal;
  cache: Cache;
  close(): void;
}

/** Opens the store in `dir` (made if missing, mode 0700). Throws {@link StoreError}. */
export function openStore(dir: string): Store {
  const db = openDatabase(dir);
  const attachments = new Attachments(db);
  return {
    attachments,
    hotPorts: new HotPorts(db, attachments),
    pools: new Pools(db),
    journal: new Journal(db),
    cache: new Cache(db),
    close: () => db.close(),
  };
}
