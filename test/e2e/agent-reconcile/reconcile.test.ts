/** Store, kernel and Neutron that do not agree. Runs inside the control namespace of a lab with the simulator. */
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import type { CloudPort } from "../simulator/cloud.ts";
import { letJournalFallDue } from "../simulator/time.ts";
import { ReconcileScene } from "./scene.ts";

setDefaultTimeout(120_000);

const SUCCESS = { kind: "success" };
const NOTHING = { pods: {}, hot: [], waiting: 0 };

let scene: ReconcileScene;
beforeEach(async () => {
  scene = await ReconcileScene.open();
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

test("a node on which all is well stays as it is", async () => {
  await scene.act("fill", "2");
  const [direct, hot] = [await scene.attached(), await scene.attachedHot()];
  const before = { rows: scene.rows(), links: await scene.links(), ports: idsOf(await scene.ports()) };
  const [report] = await scene.pass();
  expect(report).toMatchObject({ neutron: "answered", repairs: {}, damaged: [], failures: [] });
  await scene.pass(2);
  expect({
    rows: scene.rows(),
    links: await scene.links(),
    ports: idsOf(await scene.ports()),
  }).toEqual(before);
  expect(await scene.connected(direct, hot)).toBe(true);
});

test("after a reboot all that pods had is removed, and ready ports are given up", async () => {
  await scene.act("fill", "3");
  const pods = [await scene.attached(), await scene.attachedHot()];
  await scene.reboot();
  expect(await scene.repairs(1)).toEqual({ "unparked-hot-port": 2 });
  expect(await scene.repairs(2)).toEqual({ "gone-pod": 2, "leaving-hot-port": 2 });
  expect(scene.rows()).toEqual(NOTHING);
  expect(await scene.ports()).toEqual([]);
  for (const pod of pods) expect(await scene.del(pod)).toMatchObject(SUCCESS);
  await scene.attached();
  expect(await scene.repairs(2)).toEqual({});
});

test("the same while Neutron is away: it settles when it is back", async () => {
  await scene.act("fill", "2");
  await scene.attachedHot();
  await scene.reboot();
  await scene.cloud.addFault({ times: 0, action: { drop: "before-commit" } });
  const [first, second] = await scene.pass(2);
  expect(first).toMatchObject({ neutron: { away: expect.any(String) } });
  expect(second).toMatchObject({ repairs: { "gone-pod": 1 } });
  expect(scene.rows()).toEqual({ pods: {}, hot: ["leaving"], waiting: 1 });
  await scene.cloud.clearFaults();
  letJournalFallDue(scene.stateDir);
  expect(await scene.repairs(2)).toEqual({ "pending-delete": 1, "leaving-hot-port": 1 });
  expect(scene.rows()).toEqual(NOTHING);
  expect(await scene.ports()).toEqual([]);
});

test("a lost store is written anew from pods and Neutron; later DELs leave nothing", async () => {
  await scene.act("fill", "2");
  const [direct, hot] = [await scene.attached(), await scene.attachedHot()];
  const [portOfDirect, links] = [await scene.portOf(direct), await scene.links()];
  expect(await scene.portOf(hot)).toBeUndefined();
  scene.loseStore();
  await scene.act("demand");
  expect(await scene.repairs(2)).toMatchObject({ "lost-attachment": 2, "lost-hot-port": 1 });
  expect(scene.rows({ direct, hot })).toEqual({
    pods: { direct: "attached", hot: "attached" },
    hot: ["wiring"],
    waiting: 0,
  });
  expect(await scene.repairs(2)).toMatchObject({ identity: 1 });
  expect(await scene.portOf(direct)).toMatchObject({ id: portOfDirect?.id });
  expect(await scene.portOf(hot)).toBeDefined();
  expect(await scene.links()).toEqual(links);
  await scene.check(direct);
  expect(await scene.connected(direct, hot)).toBe(true);
  for (const pod of [direct, hot]) expect(await scene.del(pod)).toMatchObject(SUCCESS);
  expect(await scene.ports()).toHaveLength(1);
  expect(scene.rows()).toMatchObject({ pods: {}, waiting: 0 });
});

test("with a lost store a port that waited in a pool which nobody knows is deleted, its stand-in with it", async () => {
  await scene.act("fill", "1");
  scene.loseStore();
  expect(await scene.repairs(2)).toEqual({ "stray-port": 1 });
  expect(await scene.ports()).toEqual([]);
  expect((await scene.links()).filter((name) => !name.startsWith("brq"))).toEqual([]);
});

test("an old store that is put back breaks nobody's network, and DELs after it are right", async () => {
  await scene.act("fill", "1");
  const [neighbour, former] = [await scene.attached(), await scene.attachedHot()];
  const putBack = scene.copyStore();
  await scene.recycle(former);
  await scene.act("fill", "0");
  const [successor, late] = [await scene.attachedHot(), await scene.attached()];
  expect(await scene.ports()).toHaveLength(3);
  putBack();
  expect(await scene.repairs(2)).toMatchObject({ "stale-attachment": 1, "lost-attachment": 2 });
  expect(scene.rows({ neighbour, successor, late })).toMatchObject({
    pods: { neighbour: "attached", successor: "attached", late: "attached" },
  });
  expect(await scene.connected(neighbour, successor)).toBe(true);
  expect(await scene.del(former)).toMatchObject(SUCCESS);
  expect(await scene.connected(successor, late)).toBe(true);
  for (const pod of [successor, late, neighbour]) expect(await scene.del(pod)).toMatchObject(SUCCESS);
  expect(await scene.ports()).toEqual([]);
  expect(scene.rows()).toEqual(NOTHING);
});

test("a DEL that comes before the first pass leaves the port's new pod alone", async () => {
  await scene.act("fill", "1");
  const [neighbour, former] = [await scene.attached(), await scene.attachedHot()];
  const putBack = scene.copyStore();
  await scene.recycle(former);
  await scene.act("fill", "0");
  const successor = await scene.attachedHot();
  putBack();
  expect(await scene.del(former)).toMatchObject(SUCCESS);
  expect(await scene.connected(neighbour, successor)).toBe(true);
  expect(await scene.repairs(2)).toMatchObject({ "lost-attachment": 1 });
  for (const pod of [successor, neighbour]) expect(await scene.del(pod)).toMatchObject(SUCCESS);
  expect(await scene.ports()).toEqual([]);
});

test("a port that an old store has for free is not given to a second pod", async () => {
  await scene.act("fill", "1");
  const neighbour = await scene.attached();
  const putBack = scene.copyStore();
  const owner = await scene.attachedHot();
  putBack();
  expect(await scene.repairs(2)).toMatchObject({ "stale-hot-port": 1, "lost-attachment": 1 });
  expect(await scene.connected(neighbour, owner)).toBe(true);
  expect(await scene.del(owner)).toMatchObject(SUCCESS);
  expect(scene.rows({ neighbour })).toEqual({ pods: { neighbour: "attached" }, hot: [], waiting: 0 });
});

test("a second pod that is promised such a port first fails, and takes nothing from its owner", async () => {
  await scene.act("fill", "1");
  const neighbour = await scene.attached();
  const putBack = scene.copyStore();
  const owner = await scene.attachedHot();
  putBack();
  const second = await scene.addPod();
  await expect(scene.act("add", second.containerId, second.netnsPath)).rejects.toThrow("cannot take a pod");
  expect(await scene.connected(neighbour, owner)).toBe(true);
  expect(await scene.repairs(2)).toMatchObject({ "lost-attachment": 1 });
  for (const pod of [owner, neighbour]) expect(await scene.del(pod)).toMatchObject(SUCCESS);
  expect(await scene.ports()).toEqual([]);
});

test("a host's end that is down and out of its bridge is put back; what is gone is reported", async () => {
  const [one, other] = [await scene.attached(), await scene.attached()];
  const tap = tapOf(await scene.portOf(one));
  await scene.node.run(["ip", "link", "set", tap, "down", "nomaster"]);
  expect(await scene.connected(other, one)).toBe(false);
  expect(await scene.repairs(1)).toEqual({ "host-end": 1 });
  expect(await scene.connected(other, one)).toBe(true);
  await scene.node.run(["ip", "link", "delete", tap]);
  const [report] = await scene.pass();
  expect(report?.damaged).toMatchObject([{ key: { containerId: one.containerId } }]);
  expect(report?.repairs).toEqual({});
  for (const pod of [one, other]) expect(await scene.del(pod)).toMatchObject(SUCCESS);
});

test("what is others' stays: ports of other hosts and clusters and without our tags, devices without our mark", async () => {
  await scene.attached();
  const network_id = (await scene.ports())[0]?.network_id;
  const here = { network_id, "binding:host_id": scene.node.hostname, device_owner: "compute:x" };
  const tags = ["skynet", "skynet-cluster=reconciled", "skynet-network=reconciled"];
  const strange: object[] = [
    {
      ...here,
      device_id: "skynet:c1:eth0",
      tags: ["skynet", "skynet-cluster=other", "skynet-network=reconciled"],
    },
    { ...here, device_id: "skynet:c2:eth0", tags: [...tags.slice(0, 2), "skynet-network=storage"] },
    { ...here, device_id: "skynet:c3:eth0", tags, "binding:host_id": "elsewhere" },
    { ...here, device_id: "skynet:c4:eth0" },
    { ...here, device_id: "machine", tags },
  ];
  const made: CloudPort[] = [];
  try {
    for (const port of strange) made.push(await createTagged(port));
    await scene.addForeignDevice("tapmachine");
    expect(await scene.repairs(3)).toEqual({});
    const left = new Set(idsOf(await scene.cloud.ports()));
    expect(made.filter(({ id }) => !left.has(id))).toEqual([]);
    expect(await scene.links()).toContain("tapmachine");
  } finally {
    await scene.removeForeignDevice("tapmachine");
    for (const { id } of made) await scene.cloud.call("DELETE", `/v2.0/ports/${id}`);
  }
});

/** The simulator takes tags in a bulk creation. */
async function createTagged(port: object): Promise<CloudPort> {
  const { ports } = await scene.cloud.call<{ ports: CloudPort[] }>("POST", "/v2.0/ports", { ports: [port] });
  return ports[0] as CloudPort;
}

function idsOf(ports: readonly CloudPort[]): string[] {
  return ports.map(({ id }) => id).sort();
}

function tapOf(port: CloudPort | undefined): string {
  if (port === undefined) throw new Error("the pod has no port");
  return `tap${port.id.slice(0, 11)}`;
}
