import * as v from "valibot";
import { documented } from "./documented.ts";
import {
  cidr,
  flag,
  httpUrl,
  ipAddress,
  NOT_AN_OBJECT,
  oneOf,
  seconds,
  text,
  uuid,
  uuidList,
} from "./values.ts";

/** `neutron`: where Neutron is, and what a pod's port is made of when its annotations do not say. */
export const NeutronSchema = v.object(
  {
    neutron_url: documented(v.exactOptional(httpUrl), {
      title: "Neutron API endpoint",
      description:
        "With no credentials in `openstack` it is used without authentication (`noauth`). " +
        "With credentials it replaces the endpoint of the service catalogue.",
      examples: ["http://192.168.7.211:9696"],
    }),
    default_network_id: documented(v.exactOptional(uuid), {
      title: "Network for pods that name none",
      description: "Without it and without `default_subnet_id`, every pod must name its network or subnet.",
      examples: ["e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b"],
    }),
    default_subnet_id: documented(v.exactOptional(uuid), {
      title: "Subnet for pods that name none",
      description: "Given together with `default_network_id`, the subnet wins.",
      examples: ["6f5c6e9e-2a55-4c6e-8c67-5b6c2b7b0d11"],
    }),
    default_security_group_ids: documented(v.optional(uuidList, ""), {
      title: "Security groups for pods that name none",
      description: "Ids separated by commas. Empty: all security groups of the project.",
      examples: ["31a8f352-580e-4136-9f91-fa8829aa179c"],
    }),
    project_id: documented(v.exactOptional(text), {
      title: "Project of the pods' ports, without authentication",
      description:
        "Also the project whose security groups are meant by an empty `default_security_group_ids`. " +
        "With Keystone it is the project of the credentials that counts.",
      examples: ["4fd44f30292945e481c7b8a0c8908869"],
    }),
    service_subnet_enabled: documented(v.optional(flag, false), {
      title: "Route Kubernetes service addresses to their load balancers",
      description:
        "Maps service addresses to real addresses: the node gets a route for `service_cluster_ip_cidr` by " +
        "`external_router_gateway_ip`, which must both be set, and one for each subnet of its pods. " +
        "Best with vxlan networks.",
    }),
    external_router_gateway_ip: documented(v.exactOptional(ipAddress), {
      title: "External address of the router of the pods' subnets",
      description:
        "All subnets hang on one router whose external gateway is open; this is the address of that router " +
        "outside. Every node has a NIC in the same segment.",
      examples: ["192.168.7.160"],
    }),
    service_cluster_ip_cidr: documented(v.exactOptional(cidr), {
      title: "Service addresses of the cluster",
      description:
        "As given to the API server with `--service-cluster-ip-range`. Same family as the gateway.",
      examples: ["10.254.0.0/16"],
    }),
    reclaim_ip: documented(v.optional(oneOf(["pods", "any", "never"]), "pods"), {
      title: "Whose port may be deleted to free an address that a pod asks for",
      description:
        "`pods`: only a port of this cluster whose pod is gone or is the same pod. `any`: whatever holds it, " +
        "except routers, DHCP and other `network:` ports. `never`: nobody's; the pod fails and is told the holder.",
    }),
    wait_active: documented(v.exactOptional(flag), {
      title: "Hold a pod back until its port is ACTIVE",
      description:
        "ACTIVE means that the agent has put the security groups in force, so no packet passes before. " +
        "Default: true where Neutron's agent runs on the node (`plugin.neutron_agent` is `required`), " +
        "false without one, and false with `macvlan`, whose ports no agent reports.",
    }),
    request_timeout: documented(v.optional(seconds, 60), {
      title: "Longest wait for one answer of OpenStack",
      description: "Seconds, 1 to 3600. The deadline of the whole operation (`deadlines`) still holds.",
    }),
  },
  NOT_AN_OBJECT,
);
