import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { SUPPORTED_VERSIONS } from "../../../src/cni/versions.ts";
import { openStore } from "../../../src/state/index.ts";
import { Scene } from "../neutron/scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open("simulator");
});
afterEach(async () => {
  await sim("DELETE", "faults");
  await sim("POST", "settings", { activation: "immediate", active_delay_ms: 0 });
  expect(await scene.close()).toEqual([]);
});

/** The simulator's own API: faults, counters, settings. */
async function sim<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${scene.lab.url}/_sim/${path}`, { method, ...init });
  if (!response.ok) throw new Error(`${method} /_sim/${path}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** What the node's store holds of a state directory. */
function store(stateDir: string) {
  const opened = openStore(stateDir);
  try {
    return { attachments: opened.attachments.list(), journal: opened.journal.list() };
  } finally {
    opened.close();
  }
}

for (const version of SUPPORTED_VERSIONS) {
  test(`${version}: ADD answers in this version and DEL takes its own result back`, async () => {
    const { pod, runtime, result } = await scene.attach({ config: { cniVersion: version } });
    const answer = result as unknown as Record<string, unknown>;
    expect(answer.cniVersion).toBe(version);
    const old = version === "0.1.0" || version === "0.2.0";
    expect(Object.keys(answer).sort()).toEqual(
      old ? ["cniVersion", "dns", "ip4", "ip6"] : ["cniVersion", "dns", "interfaces", "ips", "routes"],
    );
    await runtime.del(pod);
    expect(await scene.portOf(pod)).toBeUndefined();
  }, 20_000);
}

test("podman's call without namespace and UID", async () => {
  const { pod, runtime } = await scene.prepare();
  const env = { CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAME=${pod.name};MAC=fa:16:3e:00:aa:01` };
  await runtime.add(pod, { env });
  expect(await scene.portOf(pod)).toMatchObject({ name: pod.name, mac_address: "fa:16:3e:00:aa:01" });
  await runtime.del(pod, { env });
});

test("with warm caches an ADD makes two calls to Neutron, and a DEL one", async () => {
  await sim("POST", "agents", { host: "node1", agent_type: "Linux bridge agent" });
  const config = {
    neutron: { wait_active: true, default_security_group_ids: scene.lab.seeded.web },
    state_dir: scene.lab.node(1).path("state-calls"),
  };
  const first = await scene.attach({ config });
  await first.runtime.del(first.pod);
  const before = await calls();
  const { pod, runtime } = await scene.attach({ config });
  const added = await calls();
  await runtime.del(pod);
  expect([added - before, (await calls()) - added]).toEqual([2, 1]);
});

async function calls(): Promise<number> {
  const { log } = await sim<{ log: unknown[] }>("GET", "calls");
  return log.length;
}

test("an ADD whose port never becomes ACTIVE ends at its deadline, with nothing left", async () => {
  await sim("POST", "settings", { activation: "manual" });
  const stateDir = scene.lab.node(1).path("state-deadline");
  const config = { deadlines: { add: 2 }, neutron: { wait_active: true }, state_dir: stateDir };
  const { pod, runtime } = await scene.prepare({ config });
  const outcome = await runtime.call("ADD", runtime.plugin, pod, {});
  expect(outcome).toMatchObject({ kind: "error", error: { code: 11 } });
  expect(outcome.kind === "error" && outcome.error.msg).toContain(
    "ADD was not done within its 2 s; until then port",
  );
  expect(outcome.ms).toBeLessThan(20_000);
  expect(await scene.portOf(pod)).toBeUndefined();
  expect(store(stateDir)).toEqual({ attachments: [], journal: [] });
});

test("SIGTERM in the middle of an ADD takes everything back and answers an error", async () => {
  await sim("POST", "settings", { activation: "manual" });
  const stateDir = scene.lab.node(1).path("state-term");
  const config = { neutron: { wait_active: true }, state_dir: stateDir };
  const { pod, runtime } = await scene.prepare({ config });
  const outcome = await runtime.call("ADD", runtime.plugin, pod, {
    kill: { after: 1_500, signal: "SIGTERM" },
  });
  expect(outcome.stdout).toContain("ended by SIGTERM");
  expect(await scene.portOf(pod)).toBeUndefined();
  expect(store(stateDir)).toEqual({ attachments: [], journal: [] });
});

test("Neutron away: DEL frees the node at once, and the next DEL finishes in Neutron", async () => {
  const stateDir = scene.lab.node(1).path("state-away");
  const config = { state_dir: stateDir, neutron: { request_timeout: 2 }, deadlines: { del: 10 } };
  const { pod, runtime, result } = await scene.attach({ config });
  const port = await scene.portOf(pod);
  await scene.lab.simulator.kill();
  await runtime.del(pod).finally(() => scene.lab.simulator.start());
  const links = (await scene.lab.node(1).links()).map(({ ifname }) => ifname);
  expect(links).not.toContain(result.interfaces[0]?.name ?? "");
  expect(store(stateDir).journal).toMatchObject([{ portId: port?.id, network: "pods" }]);
  expect(await scene.portOf(pod)).toBeDefined();
  const other = await scene.attach({ config });
  await Bun.sleep(2_500);
  await other.runtime.del(other.pod);
  expect(await scene.portOf(pod)).toBeUndefined();
  expect(store(stateDir).journal).toEqual([]);
});

test("GC removes what the runtime does not list, and keeps the rest", async () => {
  const config = { cniVersion: "1.1.0", state_dir: scene.lab.node(1).path("state-gc") };
  const kept = await scene.attach({ config });
  const gone = await scene.attach({ config });
  await kept.runtime.gc([{ containerId: kept.pod.containerId, ifname: "eth0" }]);
  expect(await scene.portOf(gone.pod)).toBeUndefined();
  expect(await gone.pod.links()).toHaveLength(1);
  await kept.runtime.check(kept.pod);
  expect(await kept.pod.ping("10.50.0.1")).toBe(2);
});

test("STATUS: well, Neutron refusing connections, quota full", async () => {
  const config = { cniVersion: "1.1.0", state_dir: scene.lab.node(1).path("state-status") };
  const { runtime, pod } = await scene.prepare({ config });
  const status = () => runtime.call("STATUS", runtime.plugin, undefined, {});
  expect(await status()).toMatchObject({ kind: "success" });
  await scene.api("PUT", "quotas/fake_project_id", { quota: { port: 0 } });
  try {
    await expect(runtime.add(pod)).rejects.toThrow("code 100");
    expect(await status()).toMatchObject({ kind: "error", error: { code: 50 } });
  } finally {
    await scene.api("DELETE", "quotas/fake_project_id");
  }
  await runtime.add(pod);
  expect(await status()).toMatchObject({ kind: "success" });
  await runtime.del(pod);
  await scene.lab.simulator.kill();
  const other = { cniVersion: "1.1.0", state_dir: scene.lab.node(1).path("state-status-away") };
  const away = (await scene.prepare({ config: other })).runtime;
  const outcome = await away
    .call("STATUS", away.plugin, undefined, {})
    .finally(() => scene.lab.simulator.start());
  expect(outcome).toMatchObject({ kind: "error", error: { code: 50 } });
});

test("STATUS: a NIC that carries the pods is down, so existing pods suffer too", async () => {
  const { runtime } = await scene.prepare({ config: { cniVersion: "1.1.0" } });
  const node = scene.lab.node(1);
  await node.run(["ip", "link", "set", "eth1", "down"]);
  const outcome = await runtime
    .call("STATUS", runtime.plugin, undefined, {})
    .finally(() => node.run(["ip", "link", "set", "eth1", "up"]));
  expect(outcome).toMatchObject({ kind: "error", error: { code: 51 } });
  expect(outcome.kind === "error" && outcome.error.msg).toContain("eth1");
});

test("standard output has the answer alone; the log goes to standard error and the file", async () => {
  const logFile = scene.lab.node(1).path("own.log");
  const { pod, runtime } = await scene.prepare({ config: { log_file: logFile, log_level: "debug" } });
  const outcome = await runtime.call("ADD", runtime.plugin, pod, {});
  expect(JSON.parse(outcome.stdout)).toHaveProperty("interfaces");
  expect(outcome.stdout.trim().split("\n")).toHaveLength(1);
  const lines = outcome.stderr.trim();
  expect(lines).toContain("attached");
  expect(readFileSync(logFile, "utf8").trim()).toBe(lines);
});

test("in a chain: the results of the plugins before are passed through and extended", async () => {
  const { pod, runtime } = await scene.prepare({ config: { cniVersion: "1.0.0" } });
  const prevResult = {
    cniVersion: "1.0.0",
    interfaces: [{ name: "net0", sandbox: pod.netnsPath }],
    ips: [{ interface: 0, address: "192.0.2.7/24" }],
    routes: [{ dst: "198.51.100.0/24" }],
    dns: { nameservers: ["192.0.2.53"] },
  };
  const outcome = await runtime.call("ADD", runtime.plugin, pod, { prevResult });
  expect(outcome.kind).toBe("success");
  const answer = JSON.parse(outcome.stdout);
  expect(answer.interfaces.map(({ name }: { name: string }) => name).slice(0, 1)).toEqual(["net0"]);
  expect(answer.interfaces).toHaveLength(3);
  expect(answer.ips[0]).toEqual({ interface: 0, address: "192.0.2.7/24" });
  expect(answer.ips[1].interface).toBe(2);
  expect(answer.routes[0]).toEqual({ dst: "198.51.100.0/24" });
  await runtime.del(pod);
});

test("DEL for a container that another plugin made succeeds and touches nothing", async () => {
  const other = await scene.attach();
  const { pod, runtime } = await scene.prepare();
  await runtime.del(pod);
  await runtime.del(pod, { forgotten: true });
  await other.runtime.check(other.pod);
});
