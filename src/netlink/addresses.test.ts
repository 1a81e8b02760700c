import { expect, test } from "bun:test";
import { addAddress, copyAddress, deleteAddress, readAddress } from "./addresses.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

// Recorded from Linux 6.18.
const IPV4 =
  "0218800002000000080001000a09000a080002000a09000a0900030065746831000000000800080080000000" +
  "14000600ffffffffffffffff5d6904005d690400";
const IPV6 =
  "0a408000020000001400010020010db800000000000000000000001014000600ffffffffffffffff5d6904005d690400" +
  "0800080082000000";

test("addresses as the kernel tells them", () => {
  expect(readAddress(fromHex(IPV4))).toMatchObject({
    index: 2,
    family: 2,
    address: "10.9.0.10/24",
    scope: 0,
    flags: 0x80,
  });
  expect(readAddress(fromHex(IPV6))).toMatchObject({
    index: 2,
    family: 10,
    address: "2001:db8::10/64",
    flags: 0x82,
  });
});

test("a point-to-point address tells its far end", () => {
  const payload = fromHex("0220800002000000080001000a090063080002000a09000a");
  expect(readAddress(payload)).toMatchObject({ address: "10.9.0.10/32", peer: "10.9.0.99" });
});

test("an IPv4 address is added with the broadcast address of its network", () => {
  expect(hex(addAddress(2, "10.9.0.5/22").payload)).toBe(
    "0216000002000000" + "080002000a090005" + "080001000a090005" + "080004000a0903ff",
  );
  expect(hex(addAddress(2, "10.9.0.5/32").payload)).toBe(
    "0220000002000000" + "080002000a090005" + "080001000a090005",
  );
});

test("an IPv6 address is added without duplicate address detection", () => {
  const address = "20010db8000000000000000000000005";
  expect(hex(addAddress(2, "2001:db8::5/64").payload)).toBe(
    `0a40000002000000${"14000200"}${address}${"14000100"}${address}${"0800080002000000"}`,
  );
});

test("a copy drops label and lifetime, and is an address of the other link", () => {
  expect(hex(copyAddress(readAddress(fromHex(IPV4)), 9).payload)).toBe(
    "0218000009000000" + "080001000a09000a" + "080002000a09000a" + "0800080000000000",
  );
  expect(hex(copyAddress(readAddress(fromHex(IPV6)), 9).payload)).toBe(
    "0a40000009000000" + "1400010020010db8000000000000000000000010" + "0800080002000000",
  );
});

test("a delete names the address on its own link", () => {
  expect(hex(deleteAddress(readAddress(fromHex(IPV4))).payload)).toBe(
    "0218000002000000" + "080002000a09000a" + "080001000a09000a",
  );
});
