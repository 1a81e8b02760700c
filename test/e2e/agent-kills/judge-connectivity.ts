/** Every pod that a runtime believes in works: CHECK finds it well, it reaches others, and its groups keep others out. */
import type { Tracked } from "../random/model.ts";
import type { Arena } from "./arena.ts";
import { perform } from "./calls.ts";
import { nameOf } from "./judge-neutron.ts";
import type { Slot } from "./slots.ts";

/** Of the flat network. */
const GATEWAYS = ["10.50.0.1", "fd50:0:0:1::1"];

interface Living {
  readonly slot: Slot;
  readonly tracked: Tracked;
}

export async function connectivityProblems(arena: Arena): Promise<string[]> {
  const living = arena.slots.flatMap((slot) => (slot.attached ? [{ slot, tracked: slot.attached }] : []));
  const anchors = living.filter(({ slot }) => slot.anchor);
  const found = await Promise.all(
    living.map(async (one) => {
      const anchor = anchors.find((other) => isNeighbour(one.slot, other.slot));
      const checks = await Promise.all([
        checkProblems(arena, one),
        silences(arena, one, anchor),
        isolationProblems(arena, one, anchor),
      ]);
      return checks.flat();
    }),
  );
  return found.flat();
}

/** On the same network, and on the other node. */
function isNeighbour(one: Slot, other: Slot): boolean {
  return one.network === other.network && one.node !== other.node;
}

async function checkProblems(arena: Arena, { slot, tracked }: Living): Promise<string[]> {
  const { kind, stdout } = await perform(arena, slot.node, { verb: "CHECK", network: slot.network, tracked });
  return kind === "success" ? [] : [`CHECK of ${nameOf(tracked)}: ${stdout}`];
}

/** Who does not answer it: the gateway, where the network has one, and a pod of the other node. */
async function silences(arena: Arena, { tracked }: Living, anchor: Living | undefined): Promise<string[]> {
  const onWire = tracked.addresses.some((address) => address.startsWith("10.50."));
  const others = [...(onWire ? GATEWAYS : []), ...(anchor?.tracked.addresses ?? [])];
  const families = new Set(tracked.addresses.map(isIpv6));
  const targets = others.filter((address) => families.has(isIpv6(address)));
  const pod = await tracked.pod(arena.lab);
  const replies = await Promise.all(targets.map((address) => pod.ping(address, { count: 1, timeout: 1 })));
  return targets.flatMap((address, index) =>
    replies[index] ? [] : [`${nameOf(tracked)} gets no answer from ${address}`],
  );
}

async function isolationProblems(
  { lab, real }: Arena,
  { slot, tracked }: Living,
  anchor: Living | undefined,
): Promise<string[]> {
  const [address] = tracked.addresses;
  if (!real || !slot.closed || anchor === undefined || address === undefined) return [];
  const replies = await (await anchor.tracked.pod(lab)).ping(address, { count: 1, timeout: 1 });
  return replies === 0
    ? []
    : [`${nameOf(anchor.tracked)} reaches ${nameOf(tracked)}, whose group lets nothing in`];
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}
