import * as v from "valibot";
import { NOT_AN_OBJECT, nicName, oneOf } from "./values.ts";

const PHYSICAL_NETWORK_ALLOWED = "the name of a physical network has 1 to 64 characters and no spaces";

/** `plugin`: how a pod's port is connected to the node's network. */
export const PluginSchema = v.object(
  {
    plugin_type: v.pipe(
      oneOf(["linuxbridge", "openvswitch", "macvlan"]),
      v.title("Kind of connection"),
      v.description(
        "`linuxbridge`: flat, vlan and vxlan networks, with security groups. `openvswitch` and `macvlan`: flat " +
          "and vlan networks, without security groups.",
      ),
    ),
    trunk_nic: v.exactOptional(
      v.pipe(
        nicName,
        v.title("NIC for flat and vlan networks"),
        v.description(
          "Carries the VLANs, and every physical network that `physical_networks` does not list.",
        ),
        v.examples(["ens192"]),
      ),
    ),
    tunnel_nic: v.exactOptional(
      v.pipe(
        nicName,
        v.title("NIC for vxlan tunnels"),
        v.description(
          "Its address is the node's tunnel endpoint; the same as in the Neutron agent's configuration.",
        ),
        v.examples(["ens160"]),
      ),
    ),
    physical_networks: v.exactOptional(
      v.pipe(
        v.record(
          v.pipe(v.string(PHYSICAL_NETWORK_ALLOWED), v.regex(/^\S{1,64}$/, PHYSICAL_NETWORK_ALLOWED)),
          nicName,
          "it must be an object of physical network names and NICs",
        ),
        v.title("NIC of each physical network"),
        v.description(
          "Neutron's name of the physical network (`provider:physical_network`) → NIC on this node.",
        ),
        v.examples([{ physnet1: "ens192" }]),
      ),
    ),
    neutron_agent: v.optional(
      v.pipe(
        oneOf(["required", "none"]),
        v.title("Whether Neutron's L2 agent runs on this node"),
        v.description(
          "`required`: it does, binds the port, connects the bridge to NIC or tunnel and enforces security groups. " +
            "`none`: it does not; skynet connects NIC or VLAN device itself, without security groups and vxlan.",
        ),
      ),
      "required",
    ),
  },
  NOT_AN_OBJECT,
);
