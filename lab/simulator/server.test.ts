/** What real Neutron has not: the admin API, the state file, the process. */
import { describe, expect, test } from "bun:test";
import { startSimulator } from "./server.ts";
import { client, type Json, started } from "./test-client.ts";

describe("activation", () => {
  const call = client(started({}));

  async function boundPort(): Promise<string> {
    await call("POST", "/_sim/agents", { host: "node1" });
    const { body } = await call("POST", "/v2.0/networks", { network: {} });
    const network_id = (body.network as Json).id;
    const made = await call("POST", "/v2.0/ports", { port: { network_id, "binding:host_id": "node1" } });
    expect(made.body.port).toMatchObject({ status: "DOWN", "binding:vif_type": "bridge" });
    return String((made.body.port as Json).id);
  }
  const statusOf = async (id: string) => ((await call("GET", `/v2.0/ports/${id}`)).body.port as Json).status;

  test("immediate: a bound port becomes ACTIVE by itself", async () => {
    await call("POST", "/_sim/settings", { activation: "immediate" });
    const id = await boundPort();
    while ((await statusOf(id)) !== "ACTIVE") await Bun.sleep(1);
  });

  test("manual: only when the admin API says so", async () => {
    await call("POST", "/_sim/settings", { activation: "manual" });
    const id = await boundPort();
    expect(await statusOf(id)).toBe("DOWN");
    expect((await call("POST", `/_sim/ports/${id}/status`, { status: "ACTIVE" })).status).toBe(204);
    expect(await statusOf(id)).toBe("ACTIVE");
  });

  test("an agent that is dead, or does not reach the network, binds nothing", async () => {
    await call("POST", "/_sim/agents", { host: "dead", alive: false });
    await call("POST", "/_sim/agents", { host: "poor", configurations: { tunnel_types: [] } });
    const { body } = await call("POST", "/v2.0/networks", { network: {} });
    const network_id = (body.network as Json).id;
    for (const host of ["dead", "poor"]) {
      const made = await call("POST", "/v2.0/ports", { port: { network_id, "binding:host_id": host } });
      expect(made.body.port).toMatchObject({ "binding:vif_type": "binding_failed" });
    }
  });

  test("an Open vSwitch agent binds its own kind", async () => {
    await call("POST", "/_sim/agents", { host: "ovs1", agent_type: "Open vSwitch agent" });
    const { body } = await call("POST", "/v2.0/networks", { network: {} });
    const port = { network_id: (body.network as Json).id, "binding:host_id": "ovs1" };
    const made = await call("POST", "/v2.0/ports", { port });
    expect(made.body.port).toMatchObject({ "binding:vif_type": "ovs" });
  });
});

// Not in the contract: real Neutron says the same, but only after retrying for up to minutes.
test("tags that differ only in capitals are one, and the second is refused", async () => {
  const simulator = startSimulator();
  const call = client(() => simulator);
  const { body } = await call("POST", "/v2.0/networks", { network: {} });
  const path = `/v2.0/networks/${(body.network as Json).id}/tags`;
  const answer = await call("PUT", path, { tags: ["Pod", "pod"] });
  expect(answer.status).toBe(409);
  expect(answer.body.NeutronError).toMatchObject({ type: "NeutronDbObjectDuplicateEntry" });
  expect((await call("GET", path)).body).toEqual({ tags: [] });
  await simulator.stop();
});

test("calls are counted and logged, and forgotten on request", async () => {
  const simulator = startSimulator();
  const call = client(() => simulator);
  await call("GET", "/v2.0/ports?name=x");
  await call("GET", "/v2.0/ports/nope");
  await call("POST", "/v3/auth/tokens", {});
  const { body } = await call("GET", "/_sim/calls");
  expect(body.counts).toEqual({ "GET ports": 2, "POST auth/tokens": 1 });
  expect(body.log).toMatchObject([
    { service: "neutron", method: "GET", path: "/v2.0/ports?name=x", status: 200 },
    { service: "neutron", method: "GET", path: "/v2.0/ports/nope", status: 404 },
    { service: "keystone", method: "POST", path: "/v3/auth/tokens", status: 400 },
  ]);
  await call("DELETE", "/_sim/calls");
  expect((await call("GET", "/_sim/calls")).body).toEqual({ counts: {}, log: [] });
  await simulator.stop();
});

test("state and settings outlive the server when they are in a file", async () => {
  const database = `${process.env.TMPDIR ?? "/tmp"}/skynet-simulator-${process.pid}.sqlite`;
  const first = startSimulator({ database });
  await client(() => first)("POST", "/v2.0/networks", { network: { name: "kept" } });
  await client(() => first)("POST", "/_sim/settings", { activation: "manual" });
  await first.stop();
  const second = startSimulator({ database });
  const { body } = await client(() => second)("GET", "/v2.0/networks?name=kept");
  const { body: settings } = await client(() => second)("GET", "/_sim/settings");
  await second.stop();
  for (const suffix of ["", "-wal", "-shm"]) {
    const file = Bun.file(database + suffix);
    if (await file.exists()) await file.unlink();
  }
  expect(body.networks).toHaveLength(1);
  expect(settings).toMatchObject({ activation: "manual", active_delay_ms: 0 });
});

test("as a process: says where it listens, writes its pid, and ends with SIGTERM", async () => {
  const pidfile = `${process.env.TMPDIR ?? "/tmp"}/skynet-simulator-${process.pid}.pid`;
  const simulator = Bun.spawn({
    cmd: [process.execPath, `${import.meta.dir}/main.ts`, "--listen", "127.0.0.1:0", "--pidfile", pidfile],
    stdout: "pipe",
  });
  const reader = simulator.stdout.getReader();
  const { value } = await reader.read();
  const url = /listening on (http:\S+)/.exec(new TextDecoder().decode(value))?.[1];
  expect((await fetch(`${url}/`)).status).toBe(200);
  expect(Number(await Bun.file(pidfile).text())).toBe(simulator.pid);
  simulator.kill("SIGTERM");
  expect(await simulator.exited).toBe(0);
  expect(await Bun.file(pidfile).exists()).toBe(false);
});
