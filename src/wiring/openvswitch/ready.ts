/** The signs by which Neutron's agent and OVN's controller tell, in the node's own database, that a port is wired. */
import type { OvsdbClient } from "../../ovsdb/client.ts";
import { WiringError } from "../errors.ts";
import type { Readiness, WiringOptions } from "../wiring.ts";
import { openDatabase, translated } from "./database.ts";
import type { OpenvswitchPlan } from "./plan.ts";
import { findPort, type PortView } from "./ports.ts";

/** The VLAN of ports that Neutron's agent keeps off the network (neutron_lib.constants, MAX_VLAN_TAG + 1). */
export const DEAD_VLAN = 4095;

/**
 * Waits for whichever sign comes. Which of the two wires the bridge need not be known: each gives its own sign alone,
 * and to a port without any, which a new one is.
 *
 * @throws WiringError; the signal's reason
 */
export async function untilWired(
  plan: OpenvswitchPlan,
  options: WiringOptions,
  signal: AbortSignal,
): Promise<Readiness> {
  if (plan.uplink) return "ready";
  using client = await openDatabase(options, signal);
  const where = [["name", "==", plan.hostEnd]];
  const watched = { Port: { columns: ["tag"], where }, Interface: { columns: ["external_ids"], where } };
  try {
    return await client.until(watched, () => readSigns(client, plan, signal), signal);
  } catch (error) {
    throw translated(error);
  }
}

async function readSigns(
  client: OvsdbClient,
  plan: OpenvswitchPlan,
  signal: AbortSignal,
): Promise<Readiness | undefined> {
  const view = await findPort(client, { bridge: "", port: plan.hostEnd }, signal);
  if (!view.port || !view.interface) {
    throw new WiringError(
      "switch-refused",
      `${plan.hostEnd} was removed from Open vSwitch before it was wired; was the pod deleted meanwhile?`,
    );
  }
  return readinessOf(view);
}

/**
 * - OVN's controller sets `ovn-installed` once the flows of the port, filters among them, are in the switch
 *   (ovn-controller(8)).
 * - Neutron's agent sets the VLAN last, after the filters; that the port is ACTIVE is then the server's to say
 *   (ovs_neutron_agent.py, process_network_ports).
 */
export function readinessOf({ port, interface: link }: PortView): Readiness | undefined {
  if (link?.externalIds["ovn-installed"] === "true") return "ready";
  return port?.tag !== undefined && port.tag !== DEAD_VLAN ? "ask-neutron" : undefined;
}
