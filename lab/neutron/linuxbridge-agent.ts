/** neutron-linuxbridge-agent: wires taps into filters, VXLAN tunnels and the physical network. */
import { type LabLayout, physicalInterface } from "../layout.ts";
import { NeutronAgent } from "./agent.ts";

/** Before the real one in the agent's PATH: see `bin/ebtables`. */
const shims = `${import.meta.dir}/bin`;

/** The agent reads bridges from `/sys`, which shows the network namespace it was mounted in: it gets one of its own. */
const ownSys = [
  "unshare",
  "--mount",
  "--propagation=slave",
  "sh",
  "-c",
  'mount -t sysfs sysfs /sys && exec "$@"',
  "sh",
];

/** The agent of node `index`. */
export function linuxbridgeAgent(layout: LabLayout, index: number): NeutronAgent {
  return new NeutronAgent(layout, index, {
    binary: "neutron-linuxbridge-agent",
    name: "linuxbridge",
    wrapper: ownSys,
    env: { PATH: `${shims}:/usr/sbin:/usr/bin:/sbin:/bin` },
    config: () => ({
      experimental: { linuxbridge: true },
      linux_bridge: { physical_interface_mappings: `physnet1:${physicalInterface}` },
      vxlan: {
        enable_vxlan: true,
        l2_population: true,
        local_ip: layout.tunnelAddress(index),
        udp_dstport: 4789,
      },
      securitygroup: { enable_security_group: true, firewall_driver: "iptables", enable_ipset: true },
    }),
  });
}
