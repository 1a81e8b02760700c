import { isBindingDecided, requireBound } from "../../attachment/binding.ts";
import type { World } from "../../attachment/world.ts";
import { listPorts, type Port } from "../../openstack/neutron/ports.ts";
import { sleep } from "../../sleep.ts";

/** Most Neutrons answer bound ports; the others bind within a second or two. */
const FIRST_LOOK_MS = 250;
const LONGEST_PAUSE_MS = 2_000;
const BOUND_WITHIN_MS = 20_000;

export interface BoundPort {
  readonly port: Port;
  /** Why it is of no use on this node. */
  readonly refusal?: unknown;
}

/** Waits until Neutron has decided how each port is bound; one request a look, for all of them. */
export async function bindPorts(world: World, made: readonly Port[]): Promise<BoundPort[]> {
  const ports = new Map(made.map((port) => [port.id, port]));
  const undecided = () => [...ports.values()].filter((port) => !isBindingDecided(world, port));
  const signal = AbortSignal.any([world.deadline.signal, AbortSignal.timeout(BOUND_WITHIN_MS)]);
  for (let pause = FIRST_LOOK_MS; undecided().length > 0; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    if (!(await sleep(pause, signal))) break;
    const ids = undecided().map(({ id }) => id);
    for (const port of await listPorts(world.neutron, { ids }, world.deadline.signal)) {
      ports.set(port.id, port);
    }
  }
  return [...ports.values()].map((port) => judged(world, port));
}

function judged(world: World, port: Port): BoundPort {
  try {
    requireBound(world, port);
    return { port };
  } catch (refusal) {
    return { port, refusal };
  }
}
