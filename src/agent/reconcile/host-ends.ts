/** Host's ends of skynet's that nothing accounts for. */
import { tapName } from "../../wiring/names.ts";
import type { WiringPlan } from "../../wiring/wiring.ts";
import { type Finding, suspect } from "./decision.ts";
import type { Facts } from "./facts.ts";

/**
 * Neither a row nor a port in Neutron, of whichever cluster, is theirs: those of a network with a store of its own have
 * at least that. Pure.
 */
export function findHostEnds(facts: Facts): Finding[] {
  const { cloud } = facts;
  if (cloud === undefined) return [];
  const plans = [...facts.attachments, ...facts.hotPorts].map(({ record }) => record.wiring as WiringPlan);
  const accounted = new Set([
    ...plans.map((plan) => plan?.hostEnd),
    ...cloud.ports.map(({ id }) => tapName(id)),
  ]);
  return facts.hostEnds
    .filter(({ name }) => !accounted.has(name))
    .map(({ name, owner = "" }) => ({
      repair: { kind: "stray-device", names: [name] },
      suspicion: suspect(["device", name, owner]),
    }));
}
