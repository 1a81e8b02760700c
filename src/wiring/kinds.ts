import { WiringError } from "./errors.ts";
import { linuxbridge } from "./linuxbridge.ts";
import type { Wiring, WiringOptions } from "./wiring.ts";

/** Every kind of wiring by the name it has in the configuration and in stored plans. */
const kinds: Readonly<Record<string, (options: WiringOptions) => Wiring>> = {
  linuxbridge,
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
  // What no plan tells of may be of any kind.
  const every = <T>(work: (wiring: Wiring) => T): T[] => Object.keys(kinds).map((name) => work(of(name)));
  // Looked up when used: an unsupported kind must not keep a DEL from taking down what another kind has made.
  return {
    plan: (port) => of(kind).plan(port),
    plug: (plan, pod) => of(plan.kind).plug(plan, pod),
    ready: (plan) => of(plan.kind).ready(plan),
    check: (plan) => of(plan.kind).check(plan),
    unplug: (plan, pod) => of(plan.kind).unplug(plan, pod),
    unplugPort: (portId) => every((wiring) => wiring.unplugPort(portId)),
    unplugHostEnd: (hostEnd) => every((wiring) => wiring.unplugHostEnd(hostEnd)),
    sweep: (inUse) => every((wiring) => wiring.sweep(inUse)).flat(),
  };
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
