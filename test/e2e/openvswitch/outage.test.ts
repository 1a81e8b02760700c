/**
 * A node whose Open vSwitch is away, in parts: pods come and go as well as that allows, nothing hangs, and all of it
 * settles when the switch is back. Runs inside a lab's control namespace, on the simulator, with one node of kind
 * openvswitch; the simulator plays Neutron's agent towards Neutron, and nobody does towards the switch.
 */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { attempt } from "../../../lab/command.ts";
import { Lab } from "../../../lab/lab.ts";
import { PluginFailure } from "../../../lab/runtime.ts";
import { waitFor } from "../../../lab/wait.ts";
import { type Attached, Scene } from "../neutron/scene.ts";

/** Pods need not wait for an agent that there is not. */
const config = { plugin: { neutron_agent: "required" }, neutron: { wait_active: false } };
const TRY_AGAIN_LATER = 11;

let scene: Scene;
let stateDir: string;
const openvswitch = () => Lab.attach().node(1).openvswitch;

beforeEach(async () => {
  // A switch whose database was away takes seconds to find it again.
  await waitFor("a healthy switch", isHealthy, { timeout: 20_000 });
  scene = await Scene.open("simulator");
  await registerAgent();
  stateDir = await scene.stateDir();
});

afterEach(async () => {
  openvswitch().ovsdb.thaw();
  openvswitch().vswitchd.thaw();
  await openvswitch().ovsdb.start();
  await openvswitch().vswitchd.start();
  expect(await scene.close()).toEqual([]);
});

/** A change is in force when ovs-vsctl returns; one that changes nothing it does not wait for. */
async function isHealthy(): Promise<boolean> {
  const change = ["set", "Open_vSwitch", ".", `external_ids:asked-at=${Date.now()}`];
  const vsctl = ["ovs-vsctl", `--db=${openvswitch().connection}`, "--timeout=1", ...change];
  return (await attempt(vsctl)).exitCode === 0;
}

async function registerAgent(configurations: object = {}): Promise<void> {
  const body = {
    host: scene.lab.node(1).hostname,
    agent_type: "Open vSwitch agent",
    configurations: { bridge_mappings: { physnet1: "br-phys" }, tunnel_types: ["vxlan"], ...configurations },
  };
  const response = await fetch(`${scene.lab.url}/_sim/agents`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
}

const wish = () => ({ config: { ...config, cniVersion: "1.1.0", state_dir: stateDir } });

/** The names of the switch's ports, as the database has them. */
async function portsOfSwitch(): Promise<string[]> {
  const names = await openvswitch().vsctl("--no-wait", "list-ports", "br-int");
  return names.split("\n").filter((name) => name.startsWith("tap"));
}

async function taps(): Promise<string[]> {
  const links = await scene.lab.node(1).links();
  return links.map(({ ifname }) => ifname).filter((name) => name.startsWith("tap"));
}

async function expectGone({ pod }: Attached): Promise<void> {
  expect(await taps()).toEqual([]);
  expect(await scene.portOf(pod)).toBeUndefined();
}

/** Each part of the switch, how it goes away and comes back. */
const AWAY = {
  "ovsdb-server killed": { part: "ovsdb", go: "kill", back: "start" },
  "ovsdb-server hanging": { part: "ovsdb", go: "freeze", back: "thaw" },
} as const;

describe.each(Object.entries(AWAY))("%s", (_, { part, go, back }) => {
  test("a DEL succeeds, and the journal has what the switch has to forget", async () => {
    const attached = await scene.attach(wish());
    const [port] = await portsOfSwitch();
    await openvswitch()[part][go]();
    await attached.runtime.del(attached.pod);
    await expectGone(attached);
    expect(await scene.pendingDeletes(stateDir)).toBe(1);
    await openvswitch()[part][back]();
    expect(await portsOfSwitch()).toEqual([port ?? "none"]);
    await scene.drainJournal();
    expect(await portsOfSwitch()).toEqual([]);
    expect(await scene.pendingDeletes(stateDir)).toBe(0);
  });

  test("a GC removes the pod and says what it could not do; the next one does it", async () => {
    const attached = await scene.attach(wish());
    await openvswitch()[part][go]();
    const failure = await scene.failure(attached.runtime.gc([]));
    expect(failure).toMatchObject({ code: TRY_AGAIN_LATER });
    expect(failure.msg).toContain("plugin.ovsdb_connection");
    await expectGone(attached);
    await openvswitch()[part][back]();
    await attached.runtime.gc([]);
    expect(await portsOfSwitch()).toEqual([]);
    await scene.drainJournal();
    expect(await scene.pendingDeletes(stateDir)).toBe(0);
  });

  test("an ADD says so, and leaves nothing", async () => {
    await openvswitch()[part][go]();
    const { pod, runtime } = await scene.prepare(wish());
    const failure = await scene.failure(runtime.add(pod));
    expect(failure).toMatchObject({ code: TRY_AGAIN_LATER });
    expect(failure.msg).toContain("plugin.ovsdb_connection");
    expect(await taps()).toEqual([]);
    expect(await scene.portOf(pod)).toBeUndefined();
    expect(await scene.pendingDeletes(stateDir)).toBe(0);
    await openvswitch()[part][back]();
    expect(await portsOfSwitch()).toEqual([]);
  });

  test("STATUS tells the runtime", async () => {
    const { runtime } = await scene.prepare(wish());
    await runtime.status();
    await openvswitch()[part][go]();
    expect(await scene.failure(runtime.status())).toMatchObject({
      code: 51,
      msg: expect.stringContaining("Open vSwitch"),
    });
  });
});

describe.each(["kill", "freeze"] as const)("ovs-vswitchd away by %s", (go) => {
  const back = go === "kill" ? "start" : "thaw";

  test("a DEL removes everything at once", async () => {
    const attached = await scene.attach(wish());
    await openvswitch().vswitchd[go]();
    await attached.runtime.del(attached.pod);
    await expectGone(attached);
    expect(await portsOfSwitch()).toEqual([]);
    expect(await scene.pendingDeletes(stateDir)).toBe(0);
    await openvswitch().vswitchd[back]();
  });

  test("an ADD says so, and leaves nothing", async () => {
    await openvswitch().vswitchd[go]();
    const { pod, runtime } = await scene.prepare(wish());
    const failure = await scene.failure(runtime.add(pod));
    expect(failure.msg).toContain("ovs-vswitchd");
    expect(await taps()).toEqual([]);
    expect(await portsOfSwitch()).toEqual([]);
    expect(await scene.portOf(pod)).toBeUndefined();
    await openvswitch().vswitchd[back]();
  });
});

test("Neutron and the switch both away: the DEL succeeds, and both are cleaned when they are back", async () => {
  const attached = await scene.attach(wish());
  await scene.lab.simulator.stop();
  await openvswitch().ovsdb.kill();
  await attached.runtime.del(attached.pod);
  expect(await taps()).toEqual([]);
  expect(await scene.pendingDeletes(stateDir)).toBe(1);
  await openvswitch().ovsdb.start();
  await scene.lab.simulator.start();
  await scene.drainJournal();
  await expectGone(attached);
  expect(await portsOfSwitch()).toEqual([]);
  expect(await scene.pendingDeletes(stateDir)).toBe(0);
});

test("a lost store: DEL finds port and switch port by what the runtime remembers", async () => {
  const attached = await scene.attach(wish());
  const empty = await scene.stateDir();
  const runtime = scene.lab.node(1).runtime({ ...attached.runtime.network, state_dir: empty });
  await runtime.del(attached.pod);
  await expectGone(attached);
  expect(await portsOfSwitch()).toEqual([]);
});

test("an agent that filters with iptables is refused, with what to set", async () => {
  await registerAgent({ ovs_hybrid_plug: true });
  const { pod, runtime } = await scene.prepare(wish());
  const failure = await scene.failure(runtime.add(pod));
  expect(failure).toMatchObject({ code: 104 });
  expect(failure.msg).toContain("firewall_driver");
  expect(await taps()).toEqual([]);
  expect(await scene.portOf(pod)).toBeUndefined();
});

test("without anybody who wires the port, ADD waits until its deadline and says whose log to read", async () => {
  const deadlines = { add: 3 };
  const { pod, runtime } = await scene.prepare({ config: { ...wish().config, deadlines, neutron: {} } });
  const failure = await runtime.add(pod).catch((error) => error);
  expect(failure).toBeInstanceOf(PluginFailure);
  expect(failure.error).toMatchObject({ code: TRY_AGAIN_LATER });
  expect(failure.error.msg).toContain("neutron-openvswitch-agent or ovn-controller");
  expect(await portsOfSwitch()).toEqual([]);
});
