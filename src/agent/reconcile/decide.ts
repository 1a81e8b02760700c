import { findAttachments } from "./attachments.ts";
import type { Decision, Finding, Repair, Suspicions } from "./decision.ts";
import type { Facts } from "./facts.ts";
import { findHostEnds } from "./host-ends.ts";
import { findHotPorts } from "./hot-ports.ts";
import { findPorts } from "./ports.ts";

/**
 * What is to be done about the facts. Pure.
 *
 * @param previous what the pass before suspected
 */
export function decide(facts: Facts, previous: Suspicions): Decision {
  const { findings, damaged } = findAttachments(facts);
  const all: Finding[] = [
    ...findings,
    ...findHotPorts(facts),
    ...findPorts(facts),
    ...findHostEnds(facts),
    ...facts.due.map((network): Finding => ({ repair: { kind: "pending-delete", network } })),
  ];
  const suspicions = new Map<string, number>();
  const isCertain = ({ suspicion }: Finding): boolean => {
    if (suspicion === undefined) return true;
    const since = previous.get(suspicion.id);
    suspicions.set(suspicion.id, since ?? facts.at);
    return since !== undefined && facts.at - since >= suspicion.forMs;
  };
  return { repairs: together(all.filter(isCertain).map(({ repair }) => repair)), damaged, suspicions };
}

/** Devices are swept all at once. */
function together(repairs: readonly Repair[]): Repair[] {
  const names = repairs.flatMap((repair) => (repair.kind === "stray-device" ? repair.names : []));
  const others = repairs.filter(({ kind }) => kind !== "stray-device");
  return names.length === 0 ? others : [...others, { kind: "stray-device", names }];
}
