/** Whether Neutron has bound a port in the way this node wires, and whether the node has wired it. */
import { CniCode, CniError, messageOf } from "../cni/errors.ts";
import { type Port, waitForPort } from "../openstack/neutron/ports.ts";
import type { NeutronDriver, WiringPlan } from "../wiring/wiring.ts";
import type { World } from "./world.ts";

/**
 * Waits until Neutron has decided how the port is bound on this host, and checks that it is bound in the way
 * that this node wires. On a node without Neutron's agent there is nothing to wait for.
 */
export async function requireBinding(world: World, port: Port): Promise<Port> {
  const isDecided = (port: Port) => isBindingDecided(world, port);
  const bound = isDecided(port)
    ? port
    : await waitForPort(world.neutron, port.id, isDecided, world.deadline.signal);
  requireBound(world, bound);
  return bound;
}

/** Whether Neutron has decided how the port is bound, or nobody waits for that. */
export function isBindingDecided(world: World, port: Port): boolean {
  return driverOf(world) === undefined || port["binding:vif_type"] !== "unbound";
}

/** @throws {CniError} code bindingFailed, when the port is bound in another way than this node wires */
export function requireBound(world: World, port: Port): void {
  const driver = driverOf(world);
  const vifType = port["binding:vif_type"];
  // Neutron's policy hides the binding from users who are neither admin nor service: being wired will have to do.
  if (driver === undefined || vifType === undefined || vifType === driver.vifType) return;
  throw new CniError(CniCode.bindingFailed, explain(world, port.id, vifType, driver));
}

/** Who binds ports on this node, where anybody does. */
function driverOf({ wiring, config }: World): NeutronDriver | undefined {
  return config.plugin.neutron_agent === "none" ? undefined : wiring.driver;
}

function explain({ config }: World, portId: string, vifType: string, driver: NeutronDriver): string {
  const host = `host "${config.hostname}"`;
  if (vifType === "binding_failed") {
    return `Neutron could not bind port ${portId} on ${host}: no living ${driver.agent} of that name serves this network; start the agent, or set "hostname" to the name in "openstack network agent list", or set plugin.neutron_agent to "none" if this node is meant to have no agent`;
  }
  return `Neutron bound port ${portId} on ${host} for "${vifType}", not for ${config.plugin.plugin_type}; set plugin.plugin_type to the driver that Neutron uses on this node`;
}

/** Waits until the port's filters are in force: by the node's own signs as far as there are any, else by ACTIVE. */
export async function waitUntilWired(world: World, port: Port, plan: WiringPlan): Promise<void> {
  if (!world.config.neutron.wait_active) return;
  const { signal } = world.deadline;
  try {
    if ((await world.wiring.ready(plan, signal)) === "ready") return;
    await waitForPort(world.neutron, port.id, isSettled, signal).then(refuseError);
  } catch (error) {
    if (!signal.aborted) throw error;
    const agent = world.wiring.driver?.agent ?? "Neutron's agent";
    throw new CniError(
      CniCode.tryAgainLater,
      `${messageOf(signal.reason)}; until then port ${port.id} was not ACTIVE: ${agent} on host "${world.config.hostname}" has not wired it, look at its log`,
      undefined,
      { cause: error },
    );
  }
}

function isSettled(port: Port): boolean {
  return port.status === "ACTIVE" || port.status === "ERROR";
}

function refuseError(port: Port): void {
  if (port.status !== "ERROR") return;
  throw new CniError(
    CniCode.bindingFailed,
    `Neutron put port ${port.id} into status ERROR; look at the log of neutron-server and of the agent on its host`,
  );
}
