import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { config } from "./config.ts";
import { FakeTerminal, temporaryFolder } from "./test-support.ts";

const EXAMPLES = join(import.meta.dir, "../../docs/examples");

const valid = {
  cniVersion: "1.0.0",
  name: "blue",
  type: "skynet",
  neutron: { default_network_id: "e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b" },
  openstack: {
    auth_url: "https://keystone.example.org:5000/v3",
    application_credential_id: "21dced0fd20347869b93710d2b98aae0",
    application_credential_secret: "s3cret",
  },
  plugin: { plugin_type: "linuxbridge" },
};

function check(content: object, json = false): { exitCode: number; terminal: FakeTerminal } {
  using dir = temporaryFolder();
  const path = join(dir.path, "net.conf");
  writeFileSync(path, JSON.stringify(content));
  const terminal = new FakeTerminal();
  return { exitCode: config(terminal, path, { json }), terminal };
}

test.each(["20-skynet.conf", "20-skynet.conflist"])("the example %s is valid", (name) => {
  const terminal = new FakeTerminal();
  expect(config(terminal, join(EXAMPLES, name), {})).toBe(0);
  expect(terminal.output).toContain('is valid: network "skynet", CNI 1.0.0, linuxbridge');
  expect(terminal.errors).toBe("");
});

test("every problem has its line on standard error, that of the version included", () => {
  const plugin = { plugin_type: "bridge", trunk_nic: "a/b" };
  const { exitCode, terminal } = check({ ...valid, cniVersion: "9.9", plugin });
  expect(exitCode).toBe(1);
  expect(terminal.output).toBe("");
  const lines = terminal.errors.trimEnd().split("\n");
  expect(lines[0]).toContain('cniVersion "9.9" is not supported');
  expect(lines[1]).toContain('plugin.plugin_type is "bridge"');
  expect(lines[2]).toContain('plugin.trunk_nic is "a/b"');
  expect(lines[3]).toContain("3 problems");
  expect(lines).toHaveLength(4);
});

test("a warning is no problem", () => {
  const { exitCode, terminal } = check({ ...valid, log_level: "warning" });
  expect(exitCode).toBe(0);
  expect(terminal.errors).toMatch(/^\S+: warning: log_level is "warning"/);
});

test("--json prints what the file comes to, without secrets", () => {
  const { exitCode, terminal } = check({ ...valid, cniVersion: "1.0" }, true);
  expect(exitCode).toBe(0);
  expect(terminal.output).not.toContain("s3cret");
  expect(JSON.parse(terminal.output)).toMatchObject({
    name: "blue",
    cniVersion: "1.0.0",
    cluster_name: "k8s",
    neutron: { reclaim_ip: "pods", wait_active: true },
    openstack: { auth_type: "v3applicationcredential", application_credential_secret: "(hidden)" },
    deadlines: { add: 120 },
  });
});
