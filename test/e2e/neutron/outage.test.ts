import { afterEach, beforeEach, expect, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { checkout } from "../../../lab/layout.ts";
import { waitFor } from "../../../lab/wait.ts";
import { type Port, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

const skynet = `${checkout}/dist/skynet`;

/** Kills neutron-server; it is back at the end of the test, whatever happens. */
async function killNeutron(): Promise<void> {
  const { server } = scene.lab.neutron;
  scene.defer(() => server.start());
  await server.kill();
}

/** Host ends of pods on node 1. */
async function taps(): Promise<string[]> {
  const links = await scene.lab.node(1).links();
  return links.map(({ ifname }) => ifname).filter((name) => name.startsWith("tap"));
}

/** Whether an ADD has written down what it is about to do. */
async function isKnown(stateDir: string, { containerId }: { containerId: string }): Promise<boolean> {
  return (await run([skynet, "attachments", "--state-dir", stateDir, "--json"])).includes(containerId);
}

/** The ports of these containers that are still in Neutron. */
async function portsOf(pods: readonly { containerId: string }[]): Promise<Port[]> {
  const query = pods.map(({ containerId }) => `device_id=skynet:${containerId}:eth0`).join("&");
  return (await scene.api<{ ports: Port[] }>("GET", `ports?${query}`)).ports;
}

test("Neutron away at DEL: the pod is off the network at once, the port goes when Neutron is back", async () => {
  const before = await taps();
  const attached = await Promise.all(
    ["command", "gc", "del"].map(async (name) => {
      const stateDir = await scene.stateDir();
      const config = { cniVersion: "1.1.0", name, state_dir: stateDir };
      return { stateDir, config, ...(await scene.attach({ config })) };
    }),
  );
  const [byCommand, byGc, byNextDel] = attached;
  if (!byCommand || !byGc || !byNextDel) throw new Error("three pods were attached");
  const { pod: bystander, runtime: fresh } = await scene.prepare({
    config: { cniVersion: "1.1.0", state_dir: await scene.stateDir() },
  });

  await killNeutron();
  const [away] = await Promise.all([
    scene.failure(fresh.status()),
    ...attached.map(({ runtime, pod }) => runtime.del(pod)),
  ]);
  expect(await taps()).toEqual(before);
  expect(await Promise.all(attached.map(({ stateDir }) => scene.pendingDeletes(stateDir)))).toEqual([
    1, 1, 1,
  ]);
  expect(away.code).toBe(50);
  expect(away.msg).toContain("10.200.0.254:9696");

  await scene.lab.neutron.server.start();
  expect(await portsOf(attached.map(({ pod }) => pod))).toHaveLength(3);
  const network = scene.lab.node(1).path(`drain-${byCommand.pod.containerId.slice(0, 8)}.conf`);
  await Bun.write(network, JSON.stringify(byCommand.runtime.network));
  scene.defer(() => Bun.file(network).delete());
  await Promise.all([
    run([skynet, "journal", "drain", "--config", network]),
    waitFor("delete by GC", async () => {
      await byGc.runtime.gc([]);
      return (await scene.pendingDeletes(byGc.stateDir)) === 0;
    }),
    waitFor("delete by the next DEL", async () => {
      await byNextDel.runtime.del(bystander);
      return (await scene.pendingDeletes(byNextDel.stateDir)) === 0;
    }),
  ]);
  expect(await portsOf(attached.map(({ pod }) => pod))).toEqual([]);
  await fresh.add(bystander);
  await fresh.status();
});

test("Neutron killed during an ADD: code 11, nothing stays on the node, and nothing in Neutron once it is back", async () => {
  const before = await taps();
  const stateDir = await scene.stateDir();
  const config = { cniVersion: "1.1.0", state_dir: stateDir, deadlines: { add: 8 } };
  await scene.attach({ config });
  const [waiting, asking] = await Promise.all([scene.prepare({ config }), scene.prepare({ config })]);
  const interrupted = [scene.failure(waiting.runtime.add(waiting.pod))];
  await waitFor("port", () => scene.portOf(waiting.pod), { interval: 20 });
  interrupted.push(scene.failure(asking.runtime.add(asking.pod)));
  await waitFor("intent", () => isKnown(stateDir, asking.pod), { interval: 0 });
  await killNeutron();

  const errors = await Promise.all(interrupted);
  expect(errors.map(({ code }) => code)).toEqual([11, 11]);
  expect((await taps()).length).toBe(before.length + 1);
  for (const { pod } of [waiting, asking])
    expect((await pod.links()).map(({ ifname }) => ifname)).toEqual(["lo"]);

  await scene.lab.neutron.server.start();
  await waiting.runtime.gc([]);
  expect(await portsOf([waiting.pod, asking.pod])).toEqual([]);
});

test("the agent dead at ADD: code 11 at the deadline, naming the agent; all is well when it is back", async () => {
  const [agent] = scene.lab.neutron.agents;
  if (!agent) throw new Error("the lab has no agents");
  const before = await taps();
  scene.defer(() => agent.start());
  await agent.kill();
  const { code, msg } = await scene.refused({ config: { deadlines: { add: 5 } } });
  expect(code).toBe(11);
  for (const part of ["within its 5 s", "was not ACTIVE", 'agent on host "node1"'])
    expect(msg).toContain(part);
  expect(await taps()).toEqual(before);
  await agent.start();
  const { pod } = await scene.attach();
  expect(await pod.ping("10.50.0.1")).toBe(2);
});
