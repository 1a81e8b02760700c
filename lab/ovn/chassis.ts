/** A node as a chassis of OVN: what ovn-controller reads from the node's Open vSwitch, and the row that Neutron reads. */
import type { LabLayout } from "../layout.ts";
import { integrationBridge, physicalBridge } from "../openvswitch/bridges.ts";
import type { DatapathType } from "../openvswitch/datapath.ts";
import { waitFor } from "../wait.ts";
import { databaseCommand, databaseRemote } from "./database.ts";

/** Which bridge leads to which physical network. */
const bridgeMappings = `physnet1:${physicalBridge}`;

/** Lets Neutron place routers' gateways here. */
const cmsOptions = "enable-chassis-as-gw";

/** Arguments of `ovs-vsctl` that tell ovn-controller who it is, where the southbound database is, and how to tunnel. */
export function chassisSettings(layout: LabLayout, index: number, datapathType: DatapathType): string[] {
  const settings = {
    "system-id": layout.hostname(index),
    hostname: layout.hostname(index),
    "ovn-remote": databaseRemote(layout, "sb"),
    "ovn-encap-type": "geneve",
    "ovn-encap-ip": layout.tunnelAddress(index),
    "ovn-bridge-datapath-type": datapathType,
    "ovn-bridge-mappings": bridgeMappings,
    "ovn-cms-options": cmsOptions,
    "ovn-monitor-all": "true",
  };
  const assignments = Object.entries(settings).map(([key, value]) => `external_ids:${key}=${value}`);
  return [
    ...["set", "Open_vSwitch", ".", ...assignments],
    // Without flows nothing passes; otherwise Open vSwitch would forward like a plain switch.
    ...["--", "set", "Bridge", integrationBridge, "fail_mode=secure"],
  ];
}

/**
 * Tells Neutron what the chassis offers. Neutron 21 reads that from a column which OVN fills no longer since 22.09:
 * without this it binds no port of a flat or VLAN network, and no router's gateway.
 */
export async function describeChassis(layout: LabLayout, hostname: string): Promise<void> {
  await databaseCommand(layout, "sb", [
    // ovn-controller counts its row as there before the database has it.
    ...["wait-until", "Chassis", hostname, "--"],
    ...["set", "Chassis", hostname],
    `external_ids:ovn-bridge-mappings=${bridgeMappings}`,
    `external_ids:ovn-cms-options=${cmsOptions}`,
  ]);
}

/**
 * Raises the number of the configuration, and waits until the chassis answers with it. Neutron holds a chassis that
 * comes back dead, and binds no ports to it, until it hears of the second number since. Needs northd.
 */
export async function announceChassis(layout: LabLayout, hostname: string): Promise<void> {
  await databaseCommand(layout, "nb", ["--wait=sb", "sync"]);
  await waitFor(`answer of chassis ${hostname}`, async () => {
    const newest = await databaseCommand(layout, "sb", ["get", "SB_Global", ".", "nb_cfg"]);
    const own = await databaseCommand(layout, "sb", ["get", "Chassis_Private", hostname, "nb_cfg"]);
    return own === newest;
  });
}
