import type { AttachmentRecord } from "../../state/index.ts";
import type { Damage } from "./decision.ts";

/** What is wrong with an attachment, for people. */
export function damageOf(record: AttachmentRecord, problems: readonly string[]): Damage {
  const { network, containerId, ifname, pod } = record;
  return {
    key: { network, containerId, ifname },
    ...(pod.name === undefined ? {} : { pod: `${pod.namespace ?? "default"}/${pod.name}` }),
    problems,
  };
}
