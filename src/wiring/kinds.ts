import { WiringError } from "./errors.ts";
import { linuxbridge } from "./linuxbridge.ts";
import { macvlan } from "./macvlan.ts";
import { openvswitch } from "./openvswitch.ts";
import { tidy } from "./put-aside.ts";
import type { Wiring, WiringOptions } from "./wiring.ts";

/** Every kind of wiring by the name it has in the configuration and in stored plans. */
const kinds: Readonly<Record<string, (options: WiringOptions) => Wiring>> = {
  linuxbridge,
  macvlan,
  openvswitch,
};

/**
 * The node's wiring: new ports by `kind`, stored plans by the kind they were made for, which the configuration may
 * have left since.
 *
 * @throws WiringError for a kind that is not there
 */
export function openWiring(kind: string, options: WiringOptions): Wiring {
  const opened = new Map<string, Wiring>();
  const of = (name: string): Wiring => {
    const wiring = opened.get(name) ?? create(name, options);
    opened.set(name, wiring);
    return wiring;
  };
  // What no plan tells of may be of any kind, but only the node's own kind must be able to tell.
  const every = async <T>(work: (wiring: Wiring) => Promise<T>): Promise<T[]> => {
    const results: T[] = [];
    for (const name of Object.keys(kinds)) {
      try {
        results.push(await work(of(name)));
      } catch (error) {
        if (name === kind || !isUnreachable(error)) throw error;
      }
    }
    return results;
  };
  // Looked up when used: an unsupported kind must not keep a DEL from taking down what another kind has made.
  return {
    get driver() {
      return of(kind).driver;
    },
    problems: async (signal) => of(kind).problems(signal),
    reachable: async (signal) => of(kind).reachable(signal),
    parking: (plan) => of(plan.kind).parking(plan),
    plan: (port) => of(kind).plan(port),
    plug: async (plan, pod, signal) => of(plan.kind).plug(plan, pod, signal),
    ready: async (plan, signal) => of(plan.kind).ready(plan, signal),
    carries: (plan) => of(plan.kind).carries(plan),
    hostEnds: () => of(kind).hostEnds(),
    check: async (plan, signal) => of(plan.kind).check(plan, signal),
    unplug: async (plan, pod, signal) => of(plan.kind).unplug(plan, pod, signal),
    unplugPort: async (portId, signal) => {
      await every((wiring) => wiring.unplugPort(portId, signal));
    },
    unplugHostEnd: async (hostEnd, signal) => {
      await every((wiring) => wiring.unplugHostEnd(hostEnd, signal));
    },
    forgetConnections: async (ports, signal) => {
      const warnings: string[] = [];
      for (const [name, those] of Map.groupBy(ports, ({ plan }) => plan.kind)) {
        warnings.push(...(await of(name).forgetConnections(those, signal)));
      }
      return warnings;
    },
    // All kinds put links aside in one way: one look at the node's links serves for all.
    tidy,
    sweep: async (inUse, signal) => [
      ...new Set((await every((wiring) => wiring.sweep(inUse, signal))).flat()),
    ],
  };
}

function isUnreachable(error: unknown): boolean {
  return error instanceof WiringError && error.reason === "switch-unreachable";
}

function create(name: string, options: WiringOptions): Wiring {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind) return kind(options);
  const known = Object.keys(kinds).join(", ");
  throw new WiringError(
    "unsupported-kind",
    `plugin.plugin_type "${name}" is not supported by this version; it must be one of: ${known}`,
  );
}
