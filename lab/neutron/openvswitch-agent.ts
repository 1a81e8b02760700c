/** neutron-openvswitch-agent: programs the flows of br-int, tunnels, and the way to the physical network. */
import type { LabLayout } from "../layout.ts";
import { integrationBridge, physicalBridge } from "../openvswitch/bridges.ts";
import { OpenVswitch } from "../openvswitch/daemons.ts";
import { NeutronAgent } from "./agent.ts";

/** The agent of node `index`, whose Open vSwitch runs. The switch reaches it by OpenFlow on the node's loopback. */
export function openvswitchAgent(layout: LabLayout, index: number): NeutronAgent {
  const openvswitch = new OpenVswitch(layout, index);
  return new NeutronAgent(layout, index, {
    binary: "neutron-openvswitch-agent",
    name: "openvswitch",
    // It runs ovs-ofctl too, which finds bridges by name only there.
    env: openvswitch.environment,
    config: async () => ({
      agent: { tunnel_types: "vxlan", l2_population: true, arp_responder: true },
      ovs: {
        ovsdb_connection: openvswitch.connection,
        datapath_type: await openvswitch.datapath(),
        integration_bridge: integrationBridge,
        bridge_mappings: `physnet1:${physicalBridge}`,
        local_ip: layout.tunnelAddress(index),
        of_listen_address: "127.0.0.1",
      },
      securitygroup: { enable_security_group: true, firewall_driver: "openvswitch" },
    }),
  });
}
