export type {
  AttachmentKey,
  AttachmentRecord,
  AttachmentState,
  AttemptKey,
  InTheWay,
  PodIdentity,
  Pooled,
} from "./attachments.ts";
export { isAtWork } from "./attachments.ts";
export { StoreError } from "./database.ts";
export type { HotPortCounts, HotPortRecord, HotPortState } from "./hot-ports.ts";
export type { PendingDelete } from "./journal.ts";
export type { PoolRecord } from "./pools.ts";
export { isAlive, ownIdentity } from "./process.ts";
export { openStore, type Store } from "./store.ts";
