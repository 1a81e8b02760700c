import { describe, expect, test } from "bun:test";
import { readResult, writeResult } from "./convert.ts";
import type { Result } from "./result.ts";
import { expectCniError } from "./test-support.ts";
import { type CniVersion, isAtLeast, SUPPORTED_VERSIONS } from "./versions.ts";

/** Every member set, two addresses of each family. */
const FULL: Result = {
  interfaces: [
    {
      name: "eth0",
      mac: "fa:16:3e:00:00:01",
      mtu: 1450,
      sandbox: "/run/netns/c1",
      socketPath: "/run/vhost.sock",
      pciID: "0000:00:1f.6",
    },
    { name: "tap01234567-89", mac: "5e:00:00:00:00:02", mtu: 1450 },
  ],
  ips: [
    { interface: 0, address: "10.50.0.17/24", gateway: "10.50.0.1" },
    { interface: 0, address: "10.50.0.18/24" },
    { interface: 0, address: "fd00::17/64", gateway: "fd00::1" },
    { interface: 0, address: "fd00::18/64" },
  ],
  routes: [
    { dst: "0.0.0.0/0", gw: "10.50.0.1", mtu: 1400, advmss: 1360, priority: 100, table: 254, scope: 0 },
    { dst: "10.254.0.0/16" },
    { dst: "::/0", gw: "fd00::1" },
  ],
  dns: {
    nameservers: ["10.50.0.2"],
    domain: "cluster.local",
    search: ["svc.cluster.local"],
    options: ["ndots:5"],
  },
};

const BARE: Result = { interfaces: [], ips: [{ address: "10.50.0.17/24" }], routes: [], dns: {} };
const NO_ADDRESS: Result = { interfaces: [{ name: "eth0" }], ips: [], routes: [], dns: {} };

const OLDEST: CniVersion[] = ["0.1.0", "0.2.0"];
const MIDDLE: CniVersion[] = ["0.3.0", "0.3.1", "0.4.0"];
const SINCE_030 = SUPPORTED_VERSIONS.filter((version) => isAtLeast(version, "0.3.0"));
const SINCE_100 = SUPPORTED_VERSIONS.filter((version) => isAtLeast(version, "1.0.0"));
const BEFORE_110 = SINCE_030.filter((version) => version !== "1.1.0");

/** As it goes over the wire: what JSON drops is dropped. */
function written(result: Result, version: CniVersion): Record<string, unknown> {
  return JSON.parse(JSON.stringify(writeResult(result, version)));
}

describe("the whole shape", () => {
  for (const version of OLDEST) {
    test(`${version}: the first address of each family with its routes, and dns`, () => {
      expect(written(FULL, version)).toEqual({
        cniVersion: version,
        ip4: {
          ip: "10.50.0.17/24",
          gateway: "10.50.0.1",
          routes: [{ dst: "0.0.0.0/0", gw: "10.50.0.1" }, { dst: "10.254.0.0/16" }],
        },
        ip6: { ip: "fd00::17/64", gateway: "fd00::1", routes: [{ dst: "::/0", gw: "fd00::1" }] },
        dns: FULL.dns,
      });
    });
  }

  for (const version of MIDDLE) {
    test(`${version}: interfaces, ips with version, routes, dns`, () => {
      expect(written(FULL, version)).toEqual({
        cniVersion: version,
        interfaces: [
          { name: "eth0", mac: "fa:16:3e:00:00:01", sandbox: "/run/netns/c1" },
          { name: "tap01234567-89", mac: "5e:00:00:00:00:02" },
        ],
        ips: [
          { version: "4", interface: 0, address: "10.50.0.17/24", gateway: "10.50.0.1" },
          { version: "4", interface: 0, address: "10.50.0.18/24" },
          { version: "6", interface: 0, address: "fd00::17/64", gateway: "fd00::1" },
          { version: "6", interface: 0, address: "fd00::18/64" },
        ],
        routes: [
          { dst: "0.0.0.0/0", gw: "10.50.0.1" },
          { dst: "10.254.0.0/16" },
          { dst: "::/0", gw: "fd00::1" },
        ],
        dns: FULL.dns,
      });
    });
  }

  test("1.0.0: as 0.4.0 without ips[].version", () => {
    expect(written(FULL, "1.0.0")).toEqual({
      cniVersion: "1.0.0",
      interfaces: [
        { name: "eth0", mac: "fa:16:3e:00:00:01", sandbox: "/run/netns/c1" },
        { name: "tap01234567-89", mac: "5e:00:00:00:00:02" },
      ],
      ips: FULL.ips,
      routes: [
        { dst: "0.0.0.0/0", gw: "10.50.0.1" },
        { dst: "10.254.0.0/16" },
        { dst: "::/0", gw: "fd00::1" },
      ],
      dns: FULL.dns,
    });
  });

  test("1.1.0: everything", () => {
    expect(written(FULL, "1.1.0")).toEqual({ cniVersion: "1.1.0", ...FULL });
  });
});

describe("details", () => {
  for (const version of SUPPORTED_VERSIONS) {
    test(`${version}: the result says its version`, () => {
      expect(written(FULL, version).cniVersion).toBe(version);
    });
  }

  for (const version of SINCE_030) {
    test(`${version}: interface index 0 is written out`, () => {
      expect(written(FULL, version).ips).toContainEqual(expect.objectContaining({ interface: 0 }));
    });

    test(`${version}: an address without interface has no index`, () => {
      const [ip] = written(BARE, version).ips as object[];
      expect(ip).not.toHaveProperty("interface");
    });

    test(`${version}: the host's interface has no sandbox`, () => {
      const [inside, onHost] = written(FULL, version).interfaces as object[];
      expect(inside).toHaveProperty("sandbox", "/run/netns/c1");
      expect(onHost).not.toHaveProperty("sandbox");
    });

    test(`${version}: a result without addresses can be said`, () => {
      expect(written(NO_ADDRESS, version)).toMatchObject({
        interfaces: [{ name: "eth0" }],
        ips: [],
        routes: [],
      });
    });
  }

  for (const version of BEFORE_110) {
    test(`${version}: members of 1.1.0 are left out`, () => {
      const text = JSON.stringify(written(FULL, version));
      for (const member of ["mtu", "socketPath", "pciID", "advmss", "priority", "table", "scope"]) {
        expect(text).not.toContain(`"${member}"`);
      }
    });
  }

  for (const version of [...OLDEST, ...MIDDLE]) {
    test(`${version}: dns is there even when empty`, () => {
      expect(written(BARE, version).dns).toEqual({});
    });
  }

  for (const version of SINCE_100) {
    test(`${version}: empty dns is left out`, () => {
      expect(written(BARE, version)).not.toHaveProperty("dns");
      expect(written({ ...BARE, dns: { nameservers: [], domain: "" } }, version)).not.toHaveProperty("dns");
    });
  }

  for (const version of OLDEST) {
    test(`${version}: one family alone leaves the other out`, () => {
      expect(Object.keys(written(BARE, version))).toEqual(["cniVersion", "ip4", "dns"]);
      expect(written(BARE, version).ip4).toEqual({ ip: "10.50.0.17/24" });
      const only6 = { ...BARE, ips: [{ address: "fd00::1/64" }] };
      expect(Object.keys(written(only6, version))).toEqual(["cniVersion", "ip6", "dns"]);
    });

    test(`${version}: without any address it cannot be said: code 1, and what to do`, () => {
      expectCniError(() => writeResult(NO_ADDRESS, version), 1, "without IP address", "0.3.0 or newer");
    });
  }
});

describe("reading back what was written", () => {
  for (const version of OLDEST) {
    test(`${version}: addresses, gateways, routes and dns`, () => {
      expect(readResult(written(FULL, version), "1.1.0", "prevResult")).toEqual({
        interfaces: [],
        ips: [
          { address: "10.50.0.17/24", gateway: "10.50.0.1" },
          { address: "fd00::17/64", gateway: "fd00::1" },
        ],
        routes: [
          { dst: "0.0.0.0/0", gw: "10.50.0.1" },
          { dst: "10.254.0.0/16" },
          { dst: "::/0", gw: "fd00::1" },
        ],
        dns: FULL.dns,
      });
    });
  }

  for (const version of BEFORE_110) {
    test(`${version}: everything but the members of 1.1.0`, () => {
      expect(readResult(written(FULL, version), "1.1.0", "prevResult")).toEqual({
        interfaces: [
          { name: "eth0", mac: "fa:16:3e:00:00:01", sandbox: "/run/netns/c1" },
          { name: "tap01234567-89", mac: "5e:00:00:00:00:02" },
        ],
        ips: FULL.ips,
        routes: [
          { dst: "0.0.0.0/0", gw: "10.50.0.1" },
          { dst: "10.254.0.0/16" },
          { dst: "::/0", gw: "fd00::1" },
        ],
        dns: FULL.dns,
      });
    });
  }

  test("1.1.0: everything", () => {
    expect(readResult(written(FULL, "1.1.0"), "1.1.0", "prevResult")).toEqual(FULL);
  });

  for (const version of SUPPORTED_VERSIONS) {
    test(`${version}: writing what was read gives the same text`, () => {
      const once = written(FULL, version);
      expect(written(readResult(once, "1.1.0", "prevResult"), version)).toEqual(once);
    });
  }
});

describe("which version a result is of", () => {
  test("its own cniVersion counts, whatever the configuration says", () => {
    const old = { cniVersion: "0.2.0", ip4: { ip: "10.0.0.1/8" } };
    expect(readResult(old, "1.1.0", "prevResult").ips).toEqual([{ address: "10.0.0.1/8" }]);
  });

  for (const version of SUPPORTED_VERSIONS) {
    test(`${version}: a result without cniVersion is of the configuration's version`, () => {
      const { cniVersion: _, ...rest } = written(FULL, version);
      expect(readResult(rest, version, "prevResult")).toEqual(
        readResult(written(FULL, version), version, "prevResult"),
      );
    });
  }

  test("an unknown one is refused with code 1, by its key path", () => {
    expectCniError(
      () => readResult({ cniVersion: "7" }, "1.1.0", "prevResult"),
      1,
      'prevResult.cniVersion "7"',
    );
  });
});

describe("what others write", () => {
  for (const version of SINCE_030) {
    test(`${version}: absent lists, nulls and empty texts read as nothing`, () => {
      const sparse = {
        cniVersion: version,
        interfaces: [{ name: "eth0", mac: "", sandbox: "" }],
        ips: [{ address: "10.0.0.1/8", gateway: "", interface: null }],
        routes: null,
      };
      expect(readResult(sparse, version, "prevResult")).toEqual({
        interfaces: [{ name: "eth0" }],
        ips: [{ address: "10.0.0.1/8" }],
        routes: [],
        dns: {},
      });
    });

    test(`${version}: members nobody knows are ignored`, () => {
      const more = { cniVersion: version, ips: [], later: true, interfaces: [{ name: "a", metadata: {} }] };
      expect(readResult(more, version, "prevResult").interfaces).toEqual([{ name: "a" }]);
    });
  }

  const WRONG: [what: string, result: unknown, key: string, versions: readonly CniVersion[]][] = [
    ["no object", [], "prevResult must be an object", SUPPORTED_VERSIONS],
    ["a text", "x", "prevResult must be an object", SUPPORTED_VERSIONS],
    ["dns", { dns: [] }, "prevResult.dns must be an object", SUPPORTED_VERSIONS],
    [
      "nameservers",
      { dns: { nameservers: "1.1.1.1" } },
      "prevResult.dns.nameservers must be a list",
      SUPPORTED_VERSIONS,
    ],
    ["ip4", { ip4: { ip: "10.0.0.1" } }, "prevResult.ip4.ip must be an IP address with", OLDEST],
    ["ip6 without ip", { ip6: {} }, "prevResult.ip6.ip must be", OLDEST],
    ["an old gateway", { ip4: { ip: "10.0.0.1/8", gateway: 1 } }, "prevResult.ip4.gateway", OLDEST],
    ["an old route", { ip4: { ip: "10.0.0.1/8", routes: [{}] } }, "prevResult.ip4.routes[0].dst", OLDEST],
    ["interfaces", { interfaces: {} }, "prevResult.interfaces must be a list", SINCE_030],
    ["an interface without name", { interfaces: [{}] }, "prevResult.interfaces[0].name", SINCE_030],
    ["ips", { ips: "10.0.0.1/8" }, "prevResult.ips must be a list", SINCE_030],
    ["an address", { ips: [{ address: "10.0.0.256/8" }] }, "prevResult.ips[0].address", SINCE_030],
    [
      "a gateway",
      { ips: [{ address: "10.0.0.1/8", gateway: "gw" }] },
      "prevResult.ips[0].gateway",
      SINCE_030,
    ],
    [
      "an index",
      { ips: [{ address: "10.0.0.1/8", interface: 0 }] },
      "prevResult.ips[0].interface",
      SINCE_030,
    ],
    [
      "a negative index",
      { ips: [{ address: "10.0.0.1/8", interface: -1 }] },
      "prevResult.ips[0].interface",
      SINCE_030,
    ],
    ["a route", { routes: [{ dst: "default" }] }, "prevResult.routes[0].dst", SINCE_030],
    ["a family", { ips: [{ version: "5", address: "10.0.0.1/8" }] }, "prevResult.ips[0].version", MIDDLE],
    ["an MTU", { interfaces: [{ name: "a", mtu: "1500" }] }, "prevResult.interfaces[0].mtu", ["1.1.0"]],
    ["a metric", { routes: [{ dst: "::/0", priority: -1 }] }, "prevResult.routes[0].priority", ["1.1.0"]],
  ];

  for (const [what, result, key, versions] of WRONG) {
    for (const version of versions) {
      test(`${version}: ${what} of the wrong shape is refused with code 6, naming the key`, () => {
        expectCniError(() => readResult(result, version, "prevResult"), 6, key);
      });
    }
  }
});
