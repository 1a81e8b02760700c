import type { Case, Table } from "../case.ts";

/** What the plugin before in the chain, or the runtime's memory of ADD, looks like. */
function prevResult(name: string, value: unknown, ...says: RegExp[]): Case {
  return {
    name: `prevResult ${name}`,
    config: { prevResult: value },
    code: 6,
    says: [/^prevResult/, ...says],
  };
}

function attachments(name: string, value: unknown, ...says: RegExp[]): Case {
  return {
    name: `GC with ${name}`,
    verb: "GC",
    config: { cniVersion: "1.1.0", "cni.dev/valid-attachments": value },
    code: 7,
    says: [/cni\.dev\/valid-attachments/, ...says],
  };
}

const interfaces = [{ name: "eth0", sandbox: "/run/netns/pod" }];

export const chain: Table = {
  topic: "prevResult and lists of attachments",
  cases: [
    prevResult("that is a text", "none", /must be an object/),
    prevResult("that is a list", [], /must be an object/),
    prevResult(
      "with ips that is an object",
      { cniVersion: "1.0.0", ips: {} },
      /prevResult\.ips must be a list/,
    ),
    prevResult(
      "with an address that is none",
      { ips: [{ address: "10.51.0.20" }] },
      /ips\[0\]\.address/,
      /prefix/,
    ),
    prevResult("without an address", { ips: [{ interface: 0 }], interfaces }, /ips\[0\]\.address/, /missing/),
    prevResult(
      "that points to no interface",
      { ips: [{ address: "10.0.0.1/8", interface: 3 }], interfaces },
      /ips\[0\]\.interface must be the index of one of the 1 interfaces/,
    ),
    prevResult("with an interface without name", { interfaces: [{}] }, /interfaces\[0\]\.name/),
    prevResult("with a route that leads nowhere", { routes: [{ gw: "10.0.0.1" }] }, /routes\[0\]\.dst/),
    prevResult("with a gateway that is none", { routes: [{ dst: "10.0.0.0/8", gw: 1 }] }, /routes\[0\]\.gw/),
    {
      name: "prevResult of an unknown version",
      config: { prevResult: { cniVersion: "3.0.0" } },
      code: 1,
      says: [/prevResult\.cniVersion "3\.0\.0" is not supported/],
    },
    {
      name: "CHECK without prevResult",
      verb: "CHECK",
      code: 7,
      says: [/prevResult is missing/, /CHECK/],
    },
    {
      name: "CHECK of what was never attached",
      verb: "CHECK",
      config: { prevResult: { cniVersion: "1.0.0", ips: [], interfaces } },
      code: 106,
      says: [/container c\d+/, /interface e\d+ is missing/, /delete the pod/],
    },
    {
      name: "DEL with a prevResult that nobody can read succeeds",
      verb: "DEL",
      config: { prevResult: { cniVersion: "7", ips: "x" } },
      code: 0,
      says: [],
    },
    attachments("no list", undefined, /must list the attachments that stay/, /missing/),
    attachments("an object for a list", {}, /must be a list/),
    attachments("texts in the list", ["c1"], /\[0\] must be an object/),
    attachments("an attachment without interface", [{ containerID: "c1" }], /\[0\]\.ifname/, /missing/),
    attachments(
      "a number for a container",
      [{ containerID: 1, ifname: "eth0" }],
      /\[0\]\.containerID/,
      /string/,
    ),
  ],
};
