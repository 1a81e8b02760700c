import { expect, test } from "bun:test";
import { contains, formatAddress, formatPrefix, networkOf, parseAddress, parsePrefix } from "./ip.ts";

test.each(["10.0.0.5", "0.0.0.0", "2001:db8::5", "::", "fe80::f816:3eff:fe00:1"])("%s survives", (text) => {
  expect(formatAddress(parseAddress(text))).toBe(text);
});

test("IPv6 is written as RFC 5952 has it", () => {
  expect(formatAddress(parseAddress("2001:DB8:0:0:0:0:0:5"))).toBe("2001:db8::5");
});

test.each(["", "10.0.0", "10.1", "010.0.0.1", "0x0a.0.0.1", "167772165", "fe80::1%eth0", "host"])(
  "%p is not an address",
  (text) => {
    expect(() => parseAddress(text)).toThrow(`"${text}" is not an IP address`);
  },
);

test.each(["10.0.0.5", "10.0.0.5/33", "10.0.0.5/", "10.0.0.5/24/8", "10.0.0.5/+8", "::1/129"])(
  "%p is not a prefix",
  (text) => {
    expect(() => parsePrefix(text)).toThrow(RangeError);
  },
);

test.each([
  ["10.9.7.5/22", "10.9.4.0/22"],
  ["10.9.7.5/32", "10.9.7.5/32"],
  ["10.9.7.5/0", "0.0.0.0/0"],
  ["2001:db8::ff:5/112", "2001:db8::ff:0/112"],
])("the network of %s is %s", (prefix, network) => {
  const { bytes, length } = networkOf(parsePrefix(prefix));
  expect(formatPrefix(bytes, length)).toBe(network);
});

test("an address lies in a network of its own family", () => {
  const subnet = parsePrefix("10.9.0.5/22");
  expect(contains(subnet, parseAddress("10.9.3.254"))).toBe(true);
  expect(contains(subnet, parseAddress("10.9.4.1"))).toBe(false);
  expect(contains(parsePrefix("0.0.0.0/0"), parseAddress("::1"))).toBe(false);
});
