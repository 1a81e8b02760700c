import { describe, expect, test } from "bun:test";
import { editDistance } from "./misspellings.ts";
import { loadWith } from "./test-support.ts";

describe("a likely misspelling is warned of", () => {
  test.each([
    ["neutron.neutron_ulr", "neutron.neutron_url"],
    ["neutron.Neutron_URL", "neutron.neutron_url"],
    ["neutron.default-network-id", "neutron.default_network_id"],
    ["neutron.default_subnet_ids", "neutron.default_subnet_id"],
    ["neutron.default_security_group_id", "neutron.default_security_group_ids"],
    ["plugin.trunknic", "plugin.trunk_nic"],
    ["openstack.pasword", "openstack.password"],
    ["openstack.keys", "openstack.key"],
    ["kubernetes.kubeConfig", "kubernetes.kubeconfig"],
    ["deadlines.gcc", "deadlines.gc"],
    ["loglevel", "log_level"],
    ["log_levle", "log_level"],
    ["nuetron", "neutron"],
  ])("%s", (written, meant) => {
    const value = written === "nuetron" ? {} : "x";
    expect(loadWith({ [written]: value }).warnings).toEqual([
      `${written} is not a known key; did you mean ${meant}?`,
    ]);
  });
});

describe("other unknown keys are nobody's business", () => {
  test.each([
    "neutron.color",
    "deadlines.status",
    "openstack.kex2",
    "plugin.mtu",
    "plugins",
    "ipam",
    "args",
    "dns",
    "cniVersions",
    "cni.dev/valid-attachments",
    "runtimeConfig",
    "comment",
  ])("%s", (key) => {
    const config = key.startsWith("cni.dev") ? {} : { [key]: "x" };
    expect(loadWith(config).warnings).toEqual([]);
  });

  test("names of physical networks are free", () => {
    expect(loadWith({ "plugin.physical_networks": { trunk_nik: "eth1" } }).warnings).toEqual([]);
  });
});

test.each([
  ["", "", 0],
  ["abc", "abc", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["url", "ulr", 2],
  ["trunk", "tunk", 1],
  ["kitten", "sitting", 3],
])("from %p to %p there are %d edits", (from, to, edits) => {
  expect(editDistance(from, to)).toBe(edits);
});
