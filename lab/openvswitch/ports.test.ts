import { expect, test } from "bun:test";
import { pluggedIn } from "./ports.ts";

const uuid = (id: string) => ["uuid", id] as const;

test("counts what was plugged in, not what connects bridges", () => {
  const bridges = {
    headings: ["name", "ports"],
    data: [
      ["br-int", ["set", [uuid("p1"), uuid("p2"), uuid("p3")]]],
      ["br-tun", ["set", [uuid("p4"), uuid("p5")]]],
      ["br-phys", uuid("p6")],
    ],
  } as const;
  const ports = {
    headings: ["_uuid", "interfaces"],
    data: ["1", "2", "3", "4", "5", "6"].map((n) => [uuid(`p${n}`), uuid(`i${n}`)] as const),
  };
  const interfaces = {
    headings: ["_uuid", "name", "type"],
    data: [
      [uuid("i1"), "br-int", "internal"],
      [uuid("i2"), "patch-tun", "patch"],
      [uuid("i3"), "tap1", ""],
      [uuid("i4"), "vxlan-0ac90003", "vxlan"],
      [uuid("i5"), "mgmt", "internal"],
      [uuid("i6"), "eth1", ""],
    ],
  } as const;
  expect(pluggedIn(bridges, ports, interfaces)).toEqual([
    { name: "tap1", bridge: "br-int" },
    { name: "mgmt", bridge: "br-tun" },
    { name: "eth1", bridge: "br-phys" },
  ]);
});
