import { describe, expect, test } from "bun:test";
import { extendResult } from "./chain.ts";
import type { Result } from "./result.ts";

const EMPTY: Result = { interfaces: [], ips: [], routes: [], dns: {} };

const PREVIOUS: Result = {
  interfaces: [{ name: "br0" }, { name: "eth0", sandbox: "/run/netns/c1" }],
  ips: [{ interface: 1, address: "10.0.0.5/24" }],
  routes: [{ dst: "0.0.0.0/0" }],
  dns: { nameservers: ["1.1.1.1"], domain: "first.example", search: ["a"] },
};

const OWN: Result = {
  interfaces: [{ name: "net1", sandbox: "/run/netns/c1" }, { name: "tap1" }],
  ips: [{ interface: 0, address: "10.50.0.17/24" }, { address: "fd00::17/64" }],
  routes: [{ dst: "10.254.0.0/16" }],
  dns: { nameservers: ["1.1.1.1", "10.50.0.2"], domain: "second.example", options: ["ndots:5"] },
};

describe("extending the result of the plugins before", () => {
  test("our interfaces come after theirs, and the indices of our addresses move along", () => {
    const { interfaces, ips } = extendResult(PREVIOUS, OWN);
    expect(interfaces.map((device) => device.name)).toEqual(["br0", "eth0", "net1", "tap1"]);
    expect(ips).toEqual([
      { interface: 1, address: "10.0.0.5/24" },
      { interface: 2, address: "10.50.0.17/24" },
      { address: "fd00::17/64" },
    ]);
  });

  test("routes are appended", () => {
    expect(extendResult(PREVIOUS, OWN).routes).toEqual([{ dst: "0.0.0.0/0" }, { dst: "10.254.0.0/16" }]);
  });

  test("dns lists are joined without repetition, and the first domain stays", () => {
    expect(extendResult(PREVIOUS, OWN).dns).toEqual({
      nameservers: ["1.1.1.1", "10.50.0.2"],
      domain: "first.example",
      search: ["a"],
      options: ["ndots:5"],
    });
    expect(extendResult(EMPTY, OWN).dns.domain).toBe("second.example");
  });

  test("nothing before, or nothing of our own, changes nothing", () => {
    expect(extendResult(EMPTY, OWN)).toEqual(OWN);
    expect(extendResult(PREVIOUS, EMPTY)).toEqual(PREVIOUS);
    expect(extendResult(EMPTY, EMPTY)).toStrictEqual(EMPTY);
  });

  test("neither argument is altered", () => {
    const copies = structuredClone([PREVIOUS, OWN]);
    extendResult(PREVIOUS, OWN);
    expect([PREVIOUS, OWN]).toEqual(copies as [Result, Result]);
  });
});
