/** Ways to damage an attached pod, by what its wiring is made of. CHECK must find each; the last one leaves no wire. */
import type { CellScene, Member } from "./cell-scene.ts";
import type { Cell } from "./cells.ts";
import { switchOf } from "./places.ts";

export interface Damage {
  harm(scene: CellScene, victim: Member): Promise<unknown>;
  /** What CHECK must say of it, beside what it says of earlier ones. */
  complaint(victim: Member): string;
}

const hostEnd = ({ result }: Member): string => result.interfaces[0]?.name ?? "";

const addressRemoved: Damage = {
  harm: (_, { pod, ip4 }) => pod.run(["ip", "addr", "flush", "dev", "eth0", "to", ip4]),
  complaint: ({ ip4 }) => `the address ${ip4}`,
};

const hostEndDown: Damage = {
  harm: (_, victim) => victim.node.run(["ip", "link", "set", hostEnd(victim), "down"]),
  complaint: (victim) => `the device ${hostEnd(victim)} is down`,
};

const outOfBridge: Damage = {
  harm: (_, victim) => victim.node.run(["ip", "link", "set", hostEnd(victim), "nomaster"]),
  complaint: (victim) => `the device ${hostEnd(victim)} is not in the bridge`,
};

const outOfSwitch: Damage = {
  harm: ({ lab }, victim) => switchOf(lab, victim.index).vsctl("del-port", hostEnd(victim)),
  complaint: (victim) => `the port ${hostEnd(victim)} is missing from Open vSwitch`,
};

const podEndDown: Damage = {
  harm: (_, { pod }) => pod.run(["ip", "link", "set", "eth0", "down"]),
  complaint: () => "the interface eth0 is down",
};

const podEndDeleted: Damage = {
  harm: (_, { pod }) => pod.run(["ip", "link", "del", "eth0"]),
  complaint: () => "the interface eth0 is missing in the container",
};

const byWiring: Record<Cell["wiring"], readonly Damage[]> = {
  linuxbridge: [addressRemoved, hostEndDown, outOfBridge, podEndDeleted],
  openvswitch: [addressRemoved, hostEndDown, outOfSwitch, podEndDeleted],
  macvlan: [addressRemoved, podEndDown, podEndDeleted],
};

export function damages({ wiring }: Cell): readonly Damage[] {
  return byWiring[wiring];
}
