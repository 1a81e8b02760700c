export type {
  AttachmentKey,
  AttachmentRecord,
  AttachmentState,
  InTheWay,
  PodIdentity,
} from "./attachments.ts";
export { StoreError } from "./database.ts";
export type { PendingDelete } from "./journal.ts";
export { isAlive, ownIdentity } from "./process.ts";
export { openStore, type Store } from "./store.ts";
