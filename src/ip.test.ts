import { expect, test } from "bun:test";
import {
  contains,
  formatAddress,
  formatPrefix,
  isAddress,
  networkOf,
  parseAddress,
  parsePrefix,
} from "./ip.ts";

test.each(["10.0.0.5", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::5", "fe80::f816:3eff:fe00:1"])(
  "%s survives",
  (text) => {
    expect(formatAddress(parseAddress(text))).toBe(text);
  },
);

test.each([
  ["2001:DB8:0:0:0:0:0:5", "2001:db8::5"],
  ["0:0:1:0:0:0:1:0", "0:0:1::1:0"],
  ["1:0:0:2:0:0:3:4", "1::2:0:0:3:4"],
  ["10:0:1:0:0:2:3:4", "10:0:1::2:3:4"],
  ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["1:2:3:4:5:6::", "1:2:3:4:5:6::"],
  ["0001:0020:0300:4000::", "1:20:300:4000::"],
  ["::ffff:1.2.3.4", "::ffff:102:304"],
  ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
])("%s is written %s (RFC 5952)", (text, shortest) => {
  expect(formatAddress(parseAddress(text))).toBe(shortest);
});

test("IPv6 is read and written as URLs have it", () => {
  const bytes = new Uint8Array(16);
  for (let round = 0; round < 500; round++) {
    crypto.getRandomValues(bytes);
    for (let group = 0; group < 8; group++)
      if ((bytes[group * 2] ?? 0) < 128) bytes.fill(0, group * 2, group * 2 + 2);
    const text = formatAddress(bytes);
    expect(new URL(`http://[${text}]`).hostname).toBe(`[${text}]`);
    expect(parseAddress(text)).toEqual(bytes);
  }
});

test.each([
  "",
  "10.0.0",
  "10.1",
  "1.2.3.4.5",
  "1.2.3.256",
  "010.0.0.1",
  "0x0a.0.0.1",
  "167772165",
  " 10.0.0.1",
  "host",
  ":",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  ":1:2:3:4:5:6:7:8",
  "12345::",
  "fd00::g",
  "1.2.3.4::",
  "::1.2.3.4:5",
  "::1.2.3",
  "fe80::1%eth0",
  "[::1]",
])("%p is not an address", (text) => {
  expect(isAddress(text)).toBe(false);
  expect(() => parseAddress(text)).toThrow(`"${text}" is not an IP address`);
});

test.each(["10.0.0.5", "10.0.0.5/33", "10.0.0.5/", "10.0.0.5/24/8", "10.0.0.5/+8", "10.0.0.5/08", "::1/129"])(
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
