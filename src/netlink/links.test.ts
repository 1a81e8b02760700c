import { expect, test } from "bun:test";
import { parseAttributes, readNested, readString, readU16, readU32 } from "./attributes.ts";
import { createBridge, createMacvlan, createVeth, createVlan, setLink } from "./link-changes.ts";
import { readLink } from "./links.ts";
import { parseLink } from "./message.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

test("a veth end as the kernel tells it", () => {
  // Recorded from Linux 6.18, without the attributes that are not read.
  const payload = fromHex(
    "00000100020000004310010000000000" +
      "090003006574683100000000" +
      "0500100006000000" +
      "08000400dc050000" +
      "08001b005e000000" +
      "0a000100ba7a386f8fed0000" +
      "08000a0007000000" +
      "10001200090001007665746800000000" +
      "0800250000000000" +
      "0800050020000000",
  );
  expect(readLink(payload)).toEqual({
    index: 2,
    name: "eth1",
    kind: "veth",
    mac: "ba:7a:38:6f:8f:ed",
    mtu: 1500,
    up: true,
    operstate: "up",
    master: 7,
    parent: 32,
    parentNamespaceId: 0,
    group: 94,
  });
});

test("a VLAN device tells its id and its NIC", () => {
  const payload = fromHex(
    "00000100050000000210000000000000" +
      "0d000300657468312e31303000000000" +
      "0800050002000000" +
      "1c001200" +
      "09000100766c616e00000000" +
      "0c000200" +
      "06000100" +
      "64000000",
  );
  expect(readLink(payload)).toMatchObject({
    name: "eth1.100",
    kind: "vlan",
    vlanId: 100,
    parent: 2,
    up: false,
  });
});

test("a bridge is made exclusively, marked, without spanning tree and delay", () => {
  const request = createBridge({ name: "brq0", group: 94 });
  expect(request).toMatchObject({ type: 16, flags: 0x600, operation: "create bridge brq0" });
  expect(hex(request.payload)).toBe(
    "00000000000000000000000000000000" +
      "090003006272713000000000" +
      "08001b005e000000" +
      "24001280" +
      "0b00010062726964676500" +
      "00" +
      "14000280" +
      "0800010000000000" +
      "0800050000000000",
  );
});

test("a veth's host end is up and in the bridge, its peer is down in the pod's namespace", () => {
  const request = createVeth({
    name: "tap0",
    mac: "fe:16:3e:00:00:01",
    mtu: 1450,
    bridge: 7,
    group: 94,
    peer: { namespaceFd: 11, name: "eth0", mac: "fa:16:3e:00:00:01" },
  });
  const host = parseLink(request.payload);
  expect(host.flags).toBe(1);
  expect(readString(host.attributes, 3)).toBe("tap0");
  expect(readU32(host.attributes, 10)).toBe(7);
  expect(readU32(host.attributes, 4)).toBe(1450);
  expect(hex(host.attributes.get(1) ?? new Uint8Array())).toBe("fe163e000001");

  const info = readNested(host.attributes, 18);
  const peer = parseLink(readNested(info, 2).get(1) ?? new Uint8Array());
  expect(readString(info, 1)).toBe("veth");
  expect(peer.flags).toBe(0);
  expect(readString(peer.attributes, 3)).toBe("eth0");
  expect(readU32(peer.attributes, 28)).toBe(11);
  expect(readU32(peer.attributes, 4)).toBe(1450);
  expect(hex(peer.attributes.get(1) ?? new Uint8Array())).toBe("fa163e000001");
});

test("a VLAN device is made on its NIC with its id, down", () => {
  const vlan = parseLink(createVlan({ name: "eth1.100", parent: 2, id: 100, group: 94 }).payload);
  const { attributes } = vlan;
  expect(vlan.flags).toBe(0);
  const info = readNested(attributes, 18);
  expect(readU32(attributes, 5)).toBe(2);
  expect(readString(info, 1)).toBe("vlan");
  expect(readU16(parseAttributes(info.get(2) ?? new Uint8Array()), 1)).toBe(100);
});

test("a macvlan device is down in the pod's namespace, in the mode asked for", () => {
  const settings = { name: "mvl-0", parent: 2, group: 94, mac: "fa:16:3e:00:00:01", mtu: 1450 } as const;
  const { flags, attributes } = parseLink(
    createMacvlan({ ...settings, mode: "bridge", namespaceFd: 11 }).payload,
  );
  const info = readNested(attributes, 18);
  expect(flags).toBe(0);
  expect([3, 1].map((type) => hex(attributes.get(type) ?? new Uint8Array()))).toEqual([
    "6d766c2d3000",
    "fa163e000001",
  ]);
  expect([5, 27, 28, 4].map((type) => readU32(attributes, type))).toEqual([2, 94, 11, 1450]);
  expect(readString(info, 1)).toBe("macvlan");
  expect(readU32(parseAttributes(info.get(2) ?? new Uint8Array()), 1)).toBe(4);

  const alone = parseLink(
    createMacvlan({ name: "claim2", parent: 2, group: 94, mode: "passthru" }).payload,
  ).attributes;
  expect([...alone.keys()].sort((one, other) => one - other)).toEqual([3, 5, 18, 27]);
  expect(readU32(parseAttributes(readNested(alone, 18).get(2) ?? new Uint8Array()), 1)).toBe(8);
});

test("a change carries only what is to change", () => {
  const down = parseLink(setLink({ index: 4, name: "x" }, { up: false }).payload);
  expect(down).toMatchObject({ index: 4, flags: 0 });
  expect(down.attributes.size).toBe(0);
  const { payload, operation } = setLink({ index: 4, name: "x" }, { master: 0, mtu: 9000 });
  expect(operation).toBe("set link x master=0 mtu=9000");
  expect(hex(payload)).toBe("00000000040000000000000000000000" + "0800040028230000" + "08000a0000000000");
});
