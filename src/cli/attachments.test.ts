import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "../state/index.ts";
import { attachments } from "./attachments.ts";
import { FakeTerminal, temporaryFolder } from "./test-support.ts";

const ID = "0123456789abcdef0123456789abcdef";
const pod = { namespace: "shop", name: "web-0", uid: "u-1" };
const answer = {
  interfaces: [],
  ips: [{ address: "10.50.0.17/24" }, { address: "2001:db8::17/64" }],
  routes: [],
};

function attach(dir: string, network: string, state: "attaching" | "attached"): void {
  const store = openStore(dir);
  const key = { network, containerId: ID, ifname: "eth0" };
  store.attachments.begin(key, { deviceId: `skynet:${ID}:eth0`, netns: "/run/netns/p", pod, expiresAt: 1 });
  if (state === "attached") {
    store.attachments.planned(key, "31a8f352-580e-4136-9f91-fa8829aa179c", {});
    store.attachments.attached(key, answer);
  }
  store.close();
}

/** What an ADD leaves whose process is gone: a process of its own begins one and ends. */
function abandon(dir: string, network: string): void {
  const program = `
    const { openStore } = await import(${JSON.stringify(join(import.meta.dir, "../state/index.ts"))});
    openStore(${JSON.stringify(dir)}).attachments.begin(
      { network: ${JSON.stringify(network)}, containerId: "dead", ifname: "eth0" },
      { deviceId: "skynet:dead:eth0", netns: "", pod: {}, expiresAt: 1 },
    );`;
  Bun.spawnSync([process.execPath, "-e", program]);
}

function shown(dir: string, json = false): string {
  const terminal = new FakeTerminal();
  attachments(terminal, { stateDir: dir, json });
  return terminal.output;
}

test("a row says state, pod, container, interface, addresses, port and age", () => {
  using dir = temporaryFolder();
  attach(dir.path, "skynet", "attached");
  const [titles, row] = shown(dir.path).split("\n");
  expect(titles?.split(/ +/)).toEqual(["STATE", "POD", "CONTAINER", "INTERFACE", "ADDRESSES", "PORT", "AGE"]);
  expect(row).toMatch(
    /^attached +shop\/web-0 +0123456789abc +eth0 +10.50.0.17\/24,2001:db8::17\/64 +31a8f352-580e-4136-9f91-fa8829aa179c +\ds$/,
  );
});

test("several networks get a column, and an ADD at work has no port and no address yet", () => {
  using dir = temporaryFolder();
  attach(dir.path, "blue", "attached");
  attach(dir.path, "red", "attaching");
  const lines = shown(dir.path).trimEnd().split("\n");
  expect(lines[0]).toStartWith("NETWORK  STATE");
  expect(lines.find((line) => line.startsWith("red"))).toMatch(/^red +attaching +shop\/web-0 .* - +- +\ds$/);
});

test("an ADD whose process is gone is called abandoned", () => {
  using dir = temporaryFolder();
  abandon(dir.path, "skynet");
  expect(shown(dir.path)).toContain("attaching, abandoned  -");
});

test("--json has the whole ids", () => {
  using dir = temporaryFolder();
  attach(dir.path, "skynet", "attached");
  expect(JSON.parse(shown(dir.path, true))).toMatchObject([
    {
      network: "skynet",
      state: "attached",
      abandoned: false,
      pod,
      containerId: ID,
      interface: "eth0",
      addresses: ["10.50.0.17/24", "2001:db8::17/64"],
      portId: "31a8f352-580e-4136-9f91-fa8829aa179c",
      deviceId: `skynet:${ID}:eth0`,
    },
  ]);
});

test("an empty store, and one that is not there, say so; looking makes no store", () => {
  using dir = temporaryFolder();
  expect(shown(dir.path)).toContain(`nothing is attached on this node (store: ${dir.path})`);
  expect(shown(dir.path, true)).toBe("[]\n");
  expect(existsSync(join(dir.path, "skynet.db"))).toBe(false);
  openStore(dir.path).close();
  expect(shown(dir.path)).toContain("nothing is attached");
});

test("the store is that of the configuration file", () => {
  using dir = temporaryFolder();
  attach(dir.path, "skynet", "attached");
  const path = join(dir.path, "net.conf");
  const neutron = { neutron_url: "http://192.0.2.1:9696" };
  const plugin = { plugin_type: "linuxbridge" };
  writeFileSync(
    path,
    JSON.stringify({ name: "skynet", type: "skynet", state_dir: dir.path, neutron, plugin }),
  );
  const terminal = new FakeTerminal();
  attachments(terminal, { config: path });
  expect(terminal.output).toContain("shop/web-0");
});
