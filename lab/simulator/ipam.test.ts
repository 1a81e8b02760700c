import { describe, expect, test } from "bun:test";
import {
  type Address,
  type Cidr,
  defaultGateway,
  defaultPools,
  eui64Address,
  formatAddress,
  formatCidr,
  isHostAddress,
  type Pool,
  parseAddress,
  parseCidr,
  pickAddress,
  poolSize,
} from "./ipam.ts";

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`not a CIDR: ${text}`);
  return parsed;
};
const address = (text: string): Address => {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
};
const show = (pools: Pool[], version: 4 | 6): string[] =>
  pools.map((pool) => `${formatAddress(pool.first, version)}-${formatAddress(pool.last, version)}`);

describe("texts", () => {
  test.each([
    ["10.0.0.1", "10.0.0.1"],
    ["FD09:0:0::0AA", "fd09::aa"],
    ["::", "::"],
    ["fd50:0:0:1::170", "fd50:0:0:1::170"],
  ])("%s is canonically %s", (text, canonical) => {
    const { value, version } = address(text);
    expect(formatAddress(value, version)).toBe(canonical);
  });

  test.each(["", "10.0.0", "10.0.0.256", "010.0.0.1x", "fe80::1%eth0", "zz"])("%p is no address", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test("a CIDR loses its host bits", () => {
    expect(formatCidr(cidr("10.12.0.5/24"))).toBe("10.12.0.0/24");
    expect(formatCidr(cidr("fd13:0::5/64"))).toBe("fd13::/64");
    expect(formatCidr(cidr("10.12.0.5"))).toBe("10.12.0.5/32");
  });

  test.each(["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "zz/8", "fd00::/129"])("%p is no CIDR", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe("defaults of a subnet", () => {
  test.each([
    ["10.9.0.0/29", "10.9.0.1", ["10.9.0.2-10.9.0.6"]],
    ["fd09::/64", "fd09::", ["fd09::1-fd09::ffff:ffff:ffff:ffff"]],
    ["10.9.0.0/30", "10.9.0.1", ["10.9.0.2-10.9.0.2"]],
  ])("%s has gateway %s", (text, gateway, pools) => {
    const subnet = cidr(text);
    expect(formatAddress(defaultGateway(subnet), subnet.version)).toBe(gateway);
    expect(show(defaultPools(subnet, defaultGateway(subnet)), subnet.version)).toEqual(pools);
  });

  test("a gateway in the middle parts the pool; one outside or none leaves it whole", () => {
    const subnet = cidr("10.9.0.0/29");
    expect(show(defaultPools(subnet, address("10.9.0.3").value), 4)).toEqual([
      "10.9.0.1-10.9.0.2",
      "10.9.0.4-10.9.0.6",
    ]);
    expect(show(defaultPools(subnet, address("10.77.0.1").value), 4)).toEqual(["10.9.0.1-10.9.0.6"]);
    expect(show(defaultPools(subnet, undefined), 4)).toEqual(["10.9.0.1-10.9.0.6"]);
  });

  test("a /31 has no broadcast address, a /32 is one address", () => {
    expect(show(defaultPools(cidr("10.9.0.0/31"), undefined), 4)).toEqual(["10.9.0.0-10.9.0.1"]);
    expect(show(defaultPools(cidr("10.9.0.7/32"), undefined), 4)).toEqual(["10.9.0.7-10.9.0.7"]);
  });
});

describe("which addresses a port may ask for", () => {
  test.each([
    ["10.9.0.0/24", "10.9.0.1", true],
    ["10.9.0.0/24", "10.9.0.250", true],
    ["10.9.0.0/24", "10.9.0.0", false],
    ["10.9.0.0/24", "10.9.0.255", false],
    ["10.9.0.0/24", "10.10.0.1", false],
    ["10.9.0.0/24", "fd09::1", false],
    ["fd09::/64", "fd09::ffff:ffff:ffff:ffff", true],
    ["fd09::/64", "fd09::", false],
  ])("%s and %s: %p", (subnet, ip, expected) => {
    expect(isHostAddress(cidr(subnet), address(ip), "compute:node1")).toBe(expected);
  });

  test("IPv6's network address is for routers", () => {
    expect(isHostAddress(cidr("fd09::/64"), address("fd09::"), "network:router_interface")).toBe(true);
  });
});

describe("picking", () => {
  const pools: Pool[] = [
    { first: 2n, last: 4n },
    { first: 8n, last: 9n },
  ];

  test("takes what the dice say, then goes round", () => {
    expect(
      pickAddress(
        pools,
        () => false,
        () => 0.5,
      ),
    ).toBe(3n);
    expect(
      pickAddress(
        pools,
        (value) => value >= 3n,
        () => 0.5,
      ),
    ).toBe(2n);
  });

  test("goes to the next pool, and ends", () => {
    expect(
      pickAddress(
        pools,
        (value) => value < 9n,
        () => 0,
      ),
    ).toBe(9n);
    expect(
      pickAddress(
        pools,
        () => true,
        () => 0,
      ),
    ).toBeUndefined();
    expect(
      pickAddress(
        [],
        () => false,
        () => 0,
      ),
    ).toBeUndefined();
  });

  test("every free address of a full-but-one pool is found, whatever the dice say", () => {
    for (const dice of [0, 0.3, 0.7, 0.999]) {
      expect(
        pickAddress(
          [{ first: 0n, last: 9n }],
          (value) => value !== 5n,
          () => dice,
        ),
      ).toBe(5n);
    }
  });

  test("stays near the beginning of a huge pool", () => {
    const huge = defaultPools(cidr("fd09::/64"), undefined);
    const picked = pickAddress(
      huge,
      () => false,
      () => 0.999_999,
    );
    expect(formatAddress(picked ?? 0n, 6)).toBe("fd09::3e8");
  });

  test("size counts both ends", () => {
    expect(poolSize(pools)).toBe(5n);
    expect(poolSize(defaultPools(cidr("fd09::/64"), undefined))).toBe(18_446_744_073_709_551_615n);
  });
});

test("SLAAC turns the MAC into the address", () => {
  const value = eui64Address(cidr("fd13::/64"), "fa:16:3e:79:da:9e");
  expect(formatAddress(value, 6)).toBe("fd13::f816:3eff:fe79:da9e");
});
