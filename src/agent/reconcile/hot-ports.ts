/** The rows of ports without a pod: is the port there, and its stand-in? */

import { LATE_COMMIT_MS } from "../../attachment/release.ts";
import { occupantOf } from "./claims.ts";
import { type Finding, suspect } from "./decision.ts";
import type { Facts, HotPortFacts } from "./facts.ts";

/** What looks wrong about the rows; those changed since the pass began, and those being made, are their keeper's. Pure. */
export function findHotPorts(facts: Facts): Finding[] {
  return facts.hotPorts
    .filter(({ record }) => record.changedAt < facts.at && record.state !== "making")
    .flatMap((hotPort) => judge(facts, hotPort) ?? []);
}

function judge(facts: Facts, { record, parked }: HotPortFacts): Finding | undefined {
  const owner = occupantOf(facts, record.portId);
  if (owner !== undefined) return { repair: { kind: "stale-hot-port", record, owner } };
  if (facts.cloud?.gone.has(record.portId ?? "")) {
    const suspicion = suspect(["gone port", record.id, record.portId ?? ""]);
    return { repair: { kind: "gone-hot-port", record }, suspicion };
  }
  if (record.state === "leaving") {
    if (facts.cloud === undefined) return undefined;
    const suspicion = suspect(["leaving", record.id, record.portId ?? ""], LATE_COMMIT_MS);
    return { repair: { kind: "leaving-hot-port", record }, suspicion };
  }
  return parked === false ? { repair: { kind: "unparked-hot-port", record } } : undefined;
}
