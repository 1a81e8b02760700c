import { CniCode, CniError, messageOf } from "../cni/errors.ts";
import { dnsName, portName } from "../kubernetes/pod.ts";
import { OpenStackError } from "../openstack/errors.ts";
import { Neutron } from "../openstack/neutron/client.ts";
import { createPort, type Port, type PortDraft, waitForPort } from "../openstack/neutron/ports.ts";
import { drainJournal } from "./drain.ts";
import { deviceIdOf, tagsOf } from "./identity.ts";
import { reclaimAddresses } from "./reclaim.ts";
import type { AttachRequest } from "./request.ts";
import type { Target } from "./target.ts";
import { extensionsOf } from "./views.ts";
import type { World } from "./world.ts";

/** The least time in which making a bound port was ever seen to work; with less left, it is not begun. */
const LEAST_CREATE_MS = 1_000;

/** Makes the pod's port on this host. An address in use and a full quota get one more try each. */
export async function makePort(world: World, request: AttachRequest, target: Target): Promise<Port> {
  world.deadline.require(LEAST_CREATE_MS, "making a port in Neutron");
  const neutron = new Neutron(world.neutron.session, await extensionsOf(world));
  const draft = draftPort(world, neutron, request, target);
  try {
    return await createPort(neutron, draft, world.deadline.signal);
  } catch (error) {
    if (!(await madeRoom(world, request, target, error))) throw error;
  }
  return createPort(neutron, draft, world.deadline.signal);
}

/** Whether something was done that makes another try worth it. */
async function madeRoom(
  world: World,
  request: AttachRequest,
  target: Target,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof OpenStackError)) return false;
  switch (error.kind) {
    case "addressInUse":
      await reclaimAddresses(world, request, target);
      return true;
    case "quota":
    case "addressesExhausted": {
      const { done } = await drainJournal(world, request.key.network, world.deadline.signal, true);
      return done > 0;
    }
    default:
      return false;
  }
}

function draftPort(world: World, neutron: Neutron, request: AttachRequest, target: Target): PortDraft {
  const { config } = world;
  const dns = dnsName(request.pod);
  return {
    network_id: target.network.id,
    name: portName(request.pod) ?? "",
    ...(dns === undefined || !neutron.extensions.has("dns-integration") ? {} : { dns_name: dns }),
    admin_state_up: true,
    device_id: deviceIdOf(request.key),
    device_owner: `compute:${config.hostname}`,
    "binding:host_id": config.hostname,
    ...(target.fixedIps === undefined ? {} : { fixed_ips: target.fixedIps }),
    ...(target.mac === undefined ? {} : { mac_address: target.mac }),
    ...(target.portSecurity === undefined ? {} : { port_security_enabled: target.portSecurity }),
    security_groups: target.securityGroups,
    tags: tagsOf(config.cluster_name, request.key.network, request.pod.uid),
  };
}

/**
 * Waits until Neutron has decided how the port is bound on this host, and checks that it is bound in the way
 * that this node wires. On a node without Neutron's agent there is nothing to wait for.
 */
export async function requireBinding(world: World, port: Port): Promise<Port> {
  if (world.config.plugin.neutron_agent === "none") return port;
  const bound =
    port["binding:vif_type"] === "unbound"
      ? await waitForPort(world.neutron, port.id, isDecided, world.deadline.signal)
      : port;
  const vifType = bound["binding:vif_type"];
  // Neutron's policy hides the binding from users who are neither admin nor service: ACTIVE will have to do.
  if (vifType === undefined || vifType === "bridge") return bound;
  const { hostname } = world.config;
  if (vifType === "binding_failed") {
    throw new CniError(
      CniCode.bindingFailed,
      `Neutron could not bind port ${port.id} on host "${hostname}": no living neutron-linuxbridge-agent of that name serves this network; start the agent, or set "hostname" to the name in "openstack network agent list", or set plugin.neutron_agent to "none" if this node is meant to have no agent`,
    );
  }
  throw new CniError(
    CniCode.bindingFailed,
    `Neutron bound port ${port.id} on host "${hostname}" for "${vifType}", not for linuxbridge; set plugin.plugin_type to the driver that Neutron uses on this node`,
  );
}

function isDecided(port: Port): boolean {
  return port["binding:vif_type"] !== "unbound";
}

/** Waits for ACTIVE: Neutron's agent has the port's filters in force. */
export async function waitUntilActive(world: World, port: Port): Promise<void> {
  const { wait_active } = world.config.neutron;
  if (!wait_active) return;
  try {
    await waitForPort(world.neutron, port.id, isSettled, world.deadline.signal).then(refuseError);
  } catch (error) {
    if (!world.deadline.signal.aborted) throw error;
    throw new CniError(
      CniCode.tryAgainLater,
      `${messageOf(world.deadline.signal.reason)}; until then port ${port.id} was not ACTIVE: Neutron's agent on host "${world.config.hostname}" has not wired it, look at that agent's log`,
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
