/**
 * The node's agent, one task at a time: a program that runs in the node's network namespace and prints what came of it as
 * JSON. So tests decide when it is at work, and how much time passes between its passes.
 *
 *     actor.ts CONFIG pass COUNT | fill COUNT | demand | add CONTAINER NETNS | del CONTAINER NETNS
 */
import { Reconciler } from "../../../src/agent/reconcile/reconciler.ts";
import { attach } from "../../../src/attachment/attach.ts";
import { detach } from "../../../src/attachment/detach.ts";
import { type HotPortSource, type HotPortSpec, poolKey, specOf } from "../../../src/attachment/hot-port.ts";
import { newPoolDeviceId } from "../../../src/attachment/identity.ts";
import { factsOf } from "../../../src/attachment/obtain.ts";
import { hotPortDraft } from "../../../src/attachment/port-draft.ts";
import { resolveTarget } from "../../../src/attachment/target.ts";
import { extensionsOf, networkView } from "../../../src/attachment/views.ts";
import type { World } from "../../../src/attachment/world.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { Deadline } from "../../../src/deadline.ts";
import { parsePodRequest } from "../../../src/kubernetes/pod-request.ts";
import { createLogger } from "../../../src/log.ts";
import { Neutron } from "../../../src/openstack/neutron/client.ts";
import { createPorts } from "../../../src/openstack/neutron/ports.ts";
import { openSurroundings } from "../../../src/verbs/world.ts";

const TASK_S = 60;
/** Between two passes: no creation can still be on its way, and nothing is only just happening. */
const BETWEEN_PASSES_MS = 600_000;

const [configFile = "", task = "", ...words] = Bun.argv.slice(2);
const { config } = loadConfig(await Bun.file(configFile).json());
const log = createLogger({ level: "warn", file: config.log_file });
const surroundings = await openSurroundings(config, log);
const afterwards: Promise<void>[] = [];
const hotPorts: HotPortSource = {
  wanted() {},
  takesBack: (_, record) => record.pool !== undefined && record.port !== undefined,
  returned() {},
  attached() {},
  makeRoom: async () => false,
};

function worldOf(deadline: Deadline): World {
  const later: NonNullable<World["agent"]>["later"] = (_, work) => {
    afterwards.push(Promise.resolve(work(deadline.signal)));
  };
  return { ...surroundings, log, deadline, agent: { hotPorts, later } };
}

async function pass(count: number): Promise<unknown[]> {
  const began = Date.now();
  let passed = 0;
  const open = async (deadline: Deadline) => {
    const home = worldOf(deadline);
    return { home, all: [home] };
  };
  const clock = { now: () => began + passed, after: () => () => {}, random: () => 0.5 };
  const reconciler = new Reconciler({ open, log, intervalMs: BETWEEN_PASSES_MS }, clock);
  const reports: unknown[] = [];
  for (let done = 0; done < count; done++) {
    reports.push(await reconciler.run());
    passed += BETWEEN_PASSES_MS;
  }
  return reports;
}

/** Notes that pods ask for such ports as they get by default, and answers which. */
async function demand(world: World): Promise<{ pool: string; spec: HotPortSpec }> {
  const spec = specOf(await resolveTarget(world, parsePodRequest({ pod: {} }), "a pod"));
  if (spec === undefined) throw new Error("the defaults name an address");
  const { endpointKey, store } = world;
  const pool = poolKey(endpointKey, config.name, spec);
  store.pools.asked({ key: pool, network: config.name, endpoint: endpointKey, spec });
  return { pool, spec };
}

/** Makes ports ready for pods, and has those of removed pods cool at once. */
async function fill(world: World, count: number): Promise<number> {
  const { store, wiring, deadline } = world;
  const { pool, spec } = await demand(world);
  const neutron = new Neutron(world.neutron.session, await extensionsOf(world));
  const network = await networkView(world, spec.networkId);
  const deviceIds = Array.from({ length: count }, newPoolDeviceId);
  store.hotPorts.making(pool, config.name, deviceIds);
  const drafts = deviceIds.map((deviceId) => hotPortDraft(world, config.name, spec, deviceId));
  for (const port of count === 0 ? [] : await createPorts(neutron, drafts, deadline.signal)) {
    const plan = wiring.plan(factsOf(port, network));
    store.hotPorts.made(port.device_id, port.id, port, plan);
    await wiring.parking(plan)?.park(plan, deadline.signal);
  }
  for (const { id, state } of store.hotPorts.list(pool)) store.hotPorts.move(id, state, "hot");
  return store.hotPorts.counts(pool).hot;
}

async function run(world: World): Promise<unknown> {
  const [containerId = "", netns = ""] = words;
  const key = { network: config.name, containerId, ifname: "eth0" };
  switch (task) {
    case "pass":
      return pass(Number(words[0]));
    case "fill":
      return fill(world, Number(words[0]));
    case "demand":
      return demand(world);
    case "add":
      return attach(world, { key, netns, pod: {}, annotations: new Map(), addresses: [], mac: undefined });
    case "del":
      return detach(world, { key, netns, hostEnds: [] });
    default:
      throw new Error(`no such task: ${task}`);
  }
}

using deadline = new Deadline(task, TASK_S);
const outcome = await run(worldOf(deadline));
await Promise.all(afterwards);
surroundings.store.close();
process.stdout.write(`${JSON.stringify(outcome ?? {})}\n`);
