import { expect, test } from "bun:test";
import { familyOf, parseAddress, parseCidr } from "./address.ts";

for (const address of ["0.0.0.0", "10.50.0.17", "255.255.255.255"]) {
  test(`${address} is IPv4`, () => expect(familyOf(address)).toBe(4));
}

for (const address of ["::", "::1", "fd00::5", "FE80::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8"]) {
  test(`${address} is IPv6`, () => expect(familyOf(address)).toBe(6));
}

for (const text of [
  "",
  "1.2.3",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.4.5",
  "localhost",
  "fd00::g",
  "1::2::3",
  "[::1]",
  ":",
  "fe80::1%eth0",
]) {
  test(`${JSON.stringify(text)} is no address`, () => expect(familyOf(text)).toBeUndefined());
}

test("an address may come with a prefix length", () => {
  expect(parseAddress("10.0.0.5/24")).toEqual({ address: "10.0.0.5", family: 4, prefixLength: 24 });
  expect(parseAddress("fd00::5/64")).toEqual({ address: "fd00::5", family: 6, prefixLength: 64 });
  expect(parseAddress("10.0.0.5")).toEqual({ address: "10.0.0.5", family: 4 });
});

test("a CIDR needs its prefix length", () => {
  expect(parseCidr("0.0.0.0/0")).toEqual({ address: "0.0.0.0", family: 4, prefixLength: 0 });
  expect(parseCidr("10.0.0.5")).toBeUndefined();
});

for (const text of [
  "10.0.0.5/33",
  "fd00::/129",
  "10.0.0.5/",
  "10.0.0.5/-1",
  "10.0.0.5/024",
  "10.0.0.5/24/8",
  "/24",
]) {
  test(`${text} is no address with prefix length`, () => {
    expect(parseAddress(text)).toBeUndefined();
    expect(parseCidr(text)).toBeUndefined();
  });
}
