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
  const current = of(kind);
  return {
    plan: (port) => current.plan(port),
    plug: (plan, pod) => of(plan.kind).plug(plan, pod),
    check: (plan) => of(plan.kind).check(plan),
    unplug: (plan, pod) => of(plan.kind).unplug(plan, pod),
    unplugPort: (portId) => current.unplugPort(portId),
    unplugHostEnd: (hostEnd) => current.unplugHostEnd(hostEnd),
    sweep: (inUse) => current.sweep(inUse),
  };
}

function create(name: string, options: WiringOptions): Wiring {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind) return kind(options);
  const known = Object.keys(kinds).join(", ");
  throw new WiringError(
    "unsupported-network",
    `plugin.plugin_type "${name}" is not supported by this version; it must be one of: ${known}`,
  );
}
