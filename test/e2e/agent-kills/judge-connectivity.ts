/** Every pod that a runtime believes in works: CHECK finds it well, it reaches others, and its groups keep others out. */
import type { Arena } from "./arena.ts";
import { perform } from "./calls.ts";
import { nameOf } from "./judge-neutron.ts";
import type { Slot } from "./slots.ts";

/** Of the flat network. */
const GATEWAYS = ["10.50.0.1", "fd50:0:0:1::1"];

export async function connectivityProblems(arena: Arena): Promise<string[]> {
  const living = arena.slots.filter(({ attached }) => attached);
  const anchors = living.filter(({ anchor }) => anchor);
  const found = await Promise.all(
    living.map(async (slot) => {
      const checks = await Promise.all([
        checkProblems(arena, slot),
        silences(arena, slot, anchors),
        isolationProblems(arena, slot, anchors),
      ]);
      return checks.flat();
    }),
  );
  return found.flat();
}

/** Who does not answer a pod: the gateway, where its network has one, and its neighbour on the other node. */
export async function silences(arena: Arena, slot: Slot, anchors: readonly Slot[]): Promise<string[]> {
  const tracked = slot.attached;
  if (tracked === undefined) return [`${slot.name} is not attached`];
  const onWire = tracked.addresses.some((address) => address.startsWith("10.50."));
  const neighbour = neighbourOf(slot, anchors)?.attached;
  const others = [...(onWire ? GATEWAYS : []), ...(neighbour?.addresses ?? [])];
  const families = new Set(tracked.addresses.map(isIpv6));
  const targets = others.filter((address) => families.has(isIpv6(address)));
  const pod = await tracked.pod(arena.lab);
  const replies = await Promise.all(targets.map((address) => pod.ping(address, { count: 1, timeout: 1 })));
  return targets.flatMap((address, index) =>
    replies[index] ? [] : [`${nameOf(tracked)} gets no answer from ${address}`],
  );
}

async function checkProblems(arena: Arena, { attached: tracked, node, network }: Slot): Promise<string[]> {
  if (tracked === undefined) return [];
  const { kind, stdout } = await perform(arena, node, { verb: "CHECK", network, tracked });
  return kind === "success" ? [] : [`CHECK of ${nameOf(tracked)}: ${stdout}`];
}

async function isolationProblems(
  { lab, real }: Arena,
  slot: Slot,
  anchors: readonly Slot[],
): Promise<string[]> {
  const neighbour = neighbourOf(slot, anchors)?.attached;
  const [address] = slot.attached?.addresses ?? [];
  if (!real || !slot.closed || neighbour === undefined || address === undefined) return [];
  const replies = await (await neighbour.pod(lab)).ping(address, { count: 1, timeout: 1 });
  return replies === 0 ? [] : [`${nameOf(neighbour)} reaches ${slot.name}, whose group lets nothing in`];
}

/** On the same network, and on the other node. */
function neighbourOf(one: Slot, anchors: readonly Slot[]): Slot | undefined {
  return anchors.find((other) => one.network === other.network && one.node !== other.node);
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}
