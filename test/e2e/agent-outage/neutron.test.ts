/**
 * Neutron is away, for the whole of a test: pods start on ports that were made before, and go; and when it is back, it is
 * told of everything. Runs inside a lab's control namespace, on the simulator or on real Neutron, with one node of kind
 * linuxbridge and one of kind openvswitch.
 */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { Lab } from "../../../lab/lab.ts";
import { waitFor } from "../../../lab/wait.ts";
import { CniCode } from "../../../src/cni/errors.ts";
import { networkNames } from "../agent-kills/arena.ts";
import { Outage } from "./outage.ts";
import { reboot } from "./reboot.ts";

setDefaultTimeout(400_000);

let outage: Outage;
const neutron = () => outage.arena.neutronsPart.server;

beforeAll(async () => {
  outage = await Outage.open(Lab.attach());
});

afterAll(async () => {
  await outage.close();
});

beforeEach(async () => {
  await outage.warm();
});

afterEach(async () => {
  neutron().thaw();
  await neutron().start();
  for (const { agent } of outage.arena.sites) await agent?.start();
  await outage.over();
});

const AWAY = { killed: { go: "kill", back: "start" }, frozen: { go: "freeze", back: "thaw" } } as const;

describe.each(Object.entries(AWAY))("Neutron %s", (_, { go, back }) => {
  test("pods start on ports that are ready, work, and go; Neutron is told when it is back", async () => {
    await neutron()[go]();
    const [staying, leaving] = [outage.slots("plain"), outage.slots("busy")];
    for (const slot of [...staying, ...leaving]) {
      expect(await outage.kubelet(slot).startOnce()).toMatchObject({ kind: "success" });
    }
    expect(await outage.silences([...staying, ...leaving])).toEqual([]);
    for (const slot of leaving) await outage.kubelet(slot).stop();
    await neutron()[back]();
    await outage.settled();
    expect(staying.map(({ attached }) => attached?.addresses.length)).not.toContain(0);
  });

  test("a pod that no port is ready for waits, and starts when Neutron is back", async () => {
    const [slot] = outage.slots("fixed");
    if (slot === undefined) throw new Error("there is no pod with an address of its own");
    await neutron()[go]();
    const refused = await outage.kubelet(slot).startOnce();
    expect(refused).toMatchObject({ kind: "error", error: { code: CniCode.tryAgainLater } });
    await outage.kubelet(slot).stop();
    await neutron()[back]();
    await outage.kubelet(slot).start();
    await outage.settled();
  });
});

test("pods come and go for as long as it lasts: each takes a port that another has left", async () => {
  const slots = outage.slots("busy");
  const most = Math.max(
    ...outage.arena.sites.flatMap((site) => networkNames.map((name) => outage.ready(site, name))),
  );
  await neutron().kill();
  await Promise.all(
    slots.map(async (slot) => {
      for (let pods = 0; pods <= most; pods++) {
        await outage.kubelet(slot).stop();
        await outage.kubelet(slot).start();
      }
    }),
  );
  expect(await outage.silences(slots)).toEqual([]);
  await neutron().start();
  await outage.settled();
});

test("STATUS says that pods can start as long as ports are ready, and then what is missing", async () => {
  const [site] = outage.arena.sites;
  const [slot] = outage.slots("busy");
  if (site === undefined || slot === undefined) throw new Error("there is no node, or no pod");
  await neutron().kill();
  expect(await outage.status(1, "told")).toMatchObject({ kind: "success" });
  while (outage.ready(site, "told") > 0) {
    expect(await outage.kubelet(slot).startOnce()).toMatchObject({ kind: "success" });
  }
  await waitFor("STATUS that tells of Neutron", async () => {
    const { kind, stdout } = await outage.status(1, "told");
    return kind === "error" && JSON.parse(stdout).code === CniCode.notAvailable && stdout.includes("Neutron");
  });
  await outage.kubelet(slot).stop();
  await neutron().start();
  await outage.settled();
  await waitFor("STATUS that all is well", async () => (await outage.status(1, "told")).kind === "success");
});

test("an agent that starts while Neutron is away takes the ports over that are ready", async () => {
  const { sites } = outage.arena;
  const before = sites.map((site) => networkNames.map((network) => outage.ready(site, network)));
  await neutron().kill();
  for (const { agent } of sites) await agent?.kill();
  for (const { agent } of sites) await agent?.start();
  expect(sites.map((site) => networkNames.map((network) => outage.ready(site, network)))).toEqual(before);
  for (const slot of outage.slots("plain")) {
    expect(await outage.kubelet(slot).startOnce()).toMatchObject({ kind: "success" });
  }
  expect(await outage.silences([...outage.slots("plain"), ...outage.slots("anchor")])).toEqual([]);
  for (const slot of outage.slots("plain").slice(2)) await outage.kubelet(slot).stop();
  await neutron().start();
  await outage.settled();
});

test("a machine that restarts while Neutron is away: agents serve, and pods start again when it is back", async () => {
  const [site] = outage.arena.sites;
  const pods = [...outage.slots("anchor"), ...outage.slots("plain")].filter(({ node }) => node === 1);
  for (const slot of pods) if (!slot.anchor) await outage.kubelet(slot).start();
  if (site === undefined) throw new Error("there is no node");
  await neutron().kill();
  await reboot(outage.arena, site, 1);
  await site.agent?.start();
  for (const slot of pods) await outage.kubelet(slot).stop();
  const [first] = pods;
  const refused = first && (await outage.kubelet(first).startOnce());
  expect(refused).toMatchObject({ kind: "error", error: { code: CniCode.tryAgainLater } });
  await neutron().start();
  for (const slot of pods) {
    await outage.kubelet(slot).stop();
    await outage.kubelet(slot).start();
  }
  await outage.settled();
});
