/** The pods of the demo, what each asks for, and who pings whom. */
import type { Lab } from "../lab.ts";

export interface Role {
  readonly name: string;
  /** Index of the node. */
  readonly node: 1 | 2;
  /** What its annotations ask for, in words. */
  readonly asks: string;
  readonly annotations: Record<string, string>;
}

export interface PingPlan {
  readonly from: string;
  /** Another pod, or the gateway of the flat network. */
  readonly to: string | "gateway";
  readonly family: 4 | 6;
}

export interface Cast {
  readonly roles: readonly Role[];
  readonly pings: readonly PingPlan[];
}

/** The gateway of the flat network, by IP version. */
export const gateway = { 4: "10.50.0.1", 6: "fd50:0:0:1::1" } as const;

const nothing = "nothing: the default network";

/** Without agents on the nodes there are flat networks only, and nobody enforces security groups. */
export function castWithoutAgents(lab: Lab): Cast {
  const { flat1, web } = lab.seeded;
  return {
    roles: [
      role("web-1", 1, nothing),
      role("web-2", 2, nothing),
      role("db", 1, "address 10.50.0.200", { "skynet/ip": "10.50.0.200" }),
      role("cache", 2, "an address of each family", { "skynet/ip": "10.50.0.201,fd50:0:0:1::201" }),
      role("legacy", 2, "subnet flat1-4, which is IPv4", { "skynet/subnet_id": flat1.subnets[4] }),
      role("shop", 1, "security group web", { "skynet/security_group_ids": web }),
    ],
    pings: [
      ...bothFamilies("web-1", "web-2"),
      { from: "web-2", to: "db", family: 4 },
      { from: "shop", to: "cache", family: 6 },
      { from: "legacy", to: "db", family: 4 },
      ...bothFamilies("web-2", "gateway"),
    ],
  };
}

/** With Neutron's agents there are tunnels and security groups, too. */
export function castWithAgents(lab: Lab): Cast {
  const { vx1, web } = lab.seeded;
  const tunnelled = { "skynet/network_id": vx1.id };
  return {
    roles: [
      role("web-1", 1, nothing),
      role("web-2", 2, nothing),
      role("shop", 1, "security group web", { "skynet/security_group_ids": web }),
      role("batch-1", 1, "network vx1, which is a vxlan", tunnelled),
      role("batch-2", 2, "network vx1, which is a vxlan", tunnelled),
    ],
    pings: [
      ...bothFamilies("web-1", "web-2"),
      ...bothFamilies("batch-1", "batch-2"),
      ...bothFamilies("web-2", "gateway"),
    ],
  };
}

/** Attached while a stranger pings the address it asks for. */
export const secret: Role = role("secret", 2, "address 10.50.0.222", { "skynet/ip": "10.50.0.222" });

function role(name: string, node: 1 | 2, asks: string, annotations: Record<string, string> = {}): Role {
  return { name, node, asks, annotations };
}

function bothFamilies(from: string, to: string): PingPlan[] {
  return [
    { from, to, family: 4 },
    { from, to, family: 6 },
  ];
}
