import * as v from "valibot";
import { documented } from "./documented.ts";
import { NOT_AN_OBJECT, nicName, oneOf, ovsdbConnection } from "./values.ts";

const PHYSICAL_NETWORK_ALLOWED = "the name of a physical network has 1 to 64 characters and no spaces";

/** `plugin`: how a pod's port is connected to the node's network. */
export const PluginSchema = v.object(
  {
    plugin_type: documented(oneOf(["linuxbridge", "openvswitch", "macvlan"]), {
      title: "Kind of connection",
      description:
        "`linuxbridge`, `openvswitch` (with Neutron's agent or OVN): flat, vlan and vxlan or geneve networks, with " +
        "security groups. `macvlan`, and the others without Neutron's agent: flat and vlan networks, without " +
        "security groups.",
    }),
    agent: documented(v.optional(oneOf(["auto", "required", "off"]), "auto"), {
      title: "Whether the node's agent serves the pods",
      description:
        "`auto`: it does when it runs; else the plugin does the whole job itself. `required`: without it pods wait " +
        "(error 11, which runtimes repeat). `off`: it is never asked.",
    }),
    trunk_nic: documented(v.exactOptional(nicName), {
      title: "NIC for flat and vlan networks",
      description: "Carries the VLANs, and every physical network that `physical_networks` does not list.",
      examples: ["ens192"],
    }),
    tunnel_nic: documented(v.exactOptional(nicName), {
      title: "NIC for vxlan tunnels",
      description:
        "Known for the sake of old configurations: Neutron's agent makes the tunnels, by its own configuration.",
      examples: ["ens160"],
    }),
    physical_networks: documented(
      v.exactOptional(
        v.record(
          v.pipe(v.string(PHYSICAL_NETWORK_ALLOWED), v.regex(/^\S{1,64}$/, PHYSICAL_NETWORK_ALLOWED)),
          nicName,
          "it must be an object of physical network names and NICs",
        ),
      ),
      {
        title: "NIC of each physical network",
        description:
          "Neutron's name of the physical network (`provider:physical_network`) → NIC on this node.",
        examples: [{ physnet1: "ens192" }],
      },
    ),
    neutron_agent: documented(v.optional(oneOf(["required", "none"]), "required"), {
      title: "Whether Neutron's L2 agent runs on this node",
      description:
        "Of `linuxbridge` or `openvswitch`; OVN's controller counts as one. `required`: it does, binds the port, connects the bridge to NIC or tunnel and enforces security groups. " +
        "`none`: it does not; skynet connects NIC or VLAN device itself, without security groups and vxlan. " +
        "`macvlan` has no agent, whatever is said here.",
    }),
    ovsdb_connection: documented(v.optional(ovsdbConnection, "unix:/run/openvswitch/db.sock"), {
      title: "Open vSwitch's database",
      description:
        "Where ovsdb-server listens on this node, for `openvswitch`: `unix:PATH` or `tcp:HOST:PORT`.",
      examples: ["tcp:127.0.0.1:6640"],
    }),
    security_groups: documented(v.optional(oneOf(["warn", "require", "ignore"]), "warn"), {
      title: "What security groups are worth where nothing enforces them",
      description:
        "With `macvlan`, and without Neutron's agent. `warn`: a pod that asks for groups is refused; groups that come " +
        "from the configuration give a warning. `require`: any group is refused. `ignore`: neither.",
    }),
  },
  NOT_AN_OBJECT,
);
