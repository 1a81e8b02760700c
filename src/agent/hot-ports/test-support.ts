/** Pools against the simulator in this process, with wiring that only remembers. */
import { afterEach } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Simulator, startSimulator } from "../../../lab/simulator/server.ts";
import { claimHotPort, poolKey, specOf } from "../../attachment/hot-port.ts";
import { deviceIdOf } from "../../attachment/identity.ts";
import { resolveTarget, type Target } from "../../attachment/target.ts";
import type { World } from "../../attachment/world.ts";
import { type Clock, wallClock } from "../../clock.ts";
import { loadConfig } from "../../config/load.ts";
import { Deadline } from "../../deadline.ts";
import { parsePodRequest } from "../../kubernetes/pod-request.ts";
import { silent } from "../../log.ts";
import { Neutron } from "../../openstack/neutron/client.ts";
import type { Port } from "../../openstack/neutron/ports.ts";
import { Session } from "../../openstack/session.ts";
import { NO_PAUSES } from "../../openstack/test-support.ts";
import { openStore, type Store } from "../../state/index.ts";
import type { Surroundings } from "../../verbs/world.ts";
import { tapName } from "../../wiring/names.ts";
import type { Parking, PortAddresses, Vacated, Wiring, WiringPlan } from "../../wiring/wiring.ts";
import { HotPortManager } from "./manager.ts";

export const NETWORK = "pods";
type Json = Record<string, unknown>;

/** Wiring that only remembers what there would be. */
export class StubWiring implements Wiring {
  readonly driver = { vifType: "bridge", agent: "the agent" };
  /** What is at each host's end: a stand-in, or a pod. */
  readonly ends = new Map<string, { parked: boolean; owner?: string }>();
  tidied = 0;
  /** Addresses whose connections were forgotten, each time. */
  readonly forgotten: string[] = [];
  /** Makes what `forgetConnections` throws instead of working. */
  forgettingFails: (() => Error) | undefined;
  /** What `park` does instead of working. */
  parkFails: Error | undefined;
  /** What `vacate` answers. */
  vacates: Vacated = "untouched";

  readonly #parking: Parking = {
    park: async ({ hostEnd = "" }) => {
      if (this.parkFails !== undefined) throw this.parkFails;
      this.ends.set(hostEnd, { parked: true });
    },
    isParked: async ({ hostEnd = "" }) => this.ends.get(hostEnd)?.parked === true,
    occupy: async ({ hostEnd = "" }, { owner }) => {
      this.ends.set(hostEnd, { parked: false, ...(owner === undefined ? {} : { owner }) });
      return [];
    },
    vacate: async ({ hostEnd = "" }) => {
      this.ends.set(hostEnd, { parked: true });
      return this.vacates;
    },
  };

  constructor(private readonly parks = true) {}

  parking(): Parking | undefined {
    return this.parks ? this.#parking : undefined;
  }
  plan({ portId }: { portId: string }): WiringPlan {
    return { kind: "stub", portId, hostEnd: tapName(portId) };
  }
  problems = async () => [];
  reachable = async () => {};
  plug = async () => [];
  ready = async () => "ask-neutron" as const;
  carries = () => true;
  hostEnds() {
    return [...this.ends].map(([name, end]) => ({ name, ...end }));
  }
  check = async () => [];
  unplug = async ({ hostEnd = "" }: WiringPlan) => void this.ends.delete(hostEnd);
  unplugPort = async () => {};
  unplugHostEnd = async () => {};
  sweep = async () => [];
  forgetConnections = async (ports: readonly PortAddresses[]) => {
    if (this.forgettingFails !== undefined) throw this.forgettingFails();
    this.forgotten.push(...ports.flatMap(({ addresses }) => addresses));
    return [];
  };
  tidy = async () => {
    this.tidied += 1;
  };
}

/** The real time, with pauses that are a tenth as long: what was to wait looks early, and waits on. */
const HURRIED: Clock = { now: () => Date.now(), after: (ms, run) => wallClock.after(ms / 10, run) };

export interface NodeOptions {
  readonly clock?: Clock;
  /** Keys of the section `agent`. */
  readonly agent?: Json;
  readonly neutron?: Json;
  readonly cidr?: string;
  readonly wiring?: StubWiring;
}

/** A node with its store and its agent's pools; stopped and removed after the test. */
export class TestNode {
  readonly wiring: StubWiring;
  readonly lost: string[] = [];
  manager: HotPortManager;
  #pods = 0;
  /** What the agent has, which may die earlier than the test. */
  #now: Surroundings;

  constructor(
    readonly simulator: Simulator,
    readonly store: Store,
    readonly surroundings: Surroundings,
    readonly clock: Clock,
  ) {
    this.wiring = surroundings.wiring as StubWiring;
    this.#now = surroundings;
    this.manager = this.#newManager();
  }

  get world(): World {
    return { ...this.#now, log: silent, deadline: new Deadline("the test", 30), agent: this.#agent };
  }

  get #agent() {
    return { hotPorts: this.manager, later: () => {} };
  }

  #newManager(store = this.store): HotPortManager {
    return new HotPortManager({
      store,
      log: silent,
      clock: this.clock,
      random: () => 0,
      onPortGone: (_site, { deviceId }) => void this.lost.push(deviceId),
    });
  }

  start(surroundings = this.surroundings): Promise<void> {
    this.#now = surroundings;
    this.manager.use(NETWORK, surroundings);
    return this.manager.start();
  }

  /** As after the death of the agent: another one on the same store. */
  async restart(surroundings = this.surroundings): Promise<void> {
    await this.manager.stop();
    this.manager = this.#newManager(surroundings.store);
    await this.start(surroundings);
  }

  target(annotations: Record<string, string> = {}): Promise<Target> {
    const asked = parsePodRequest({ pod: { name: "web" }, annotations: Object.entries(annotations) });
    return resolveTarget(this.world, asked, "the pod");
  }

  poolOf(target: Target): string {
    const spec = specOf(target);
    if (spec === undefined) throw new Error("there is no pool for it");
    return poolKey(this.surroundings.endpointKey, NETWORK, spec);
  }

  /** ADD, as far as ports are concerned. @returns undefined when none was ready */
  add(
    target: Target,
    name = `pod-${++this.#pods}`,
  ): { key: { network: string; containerId: string; ifname: string }; port: Port } | undefined {
    const key = { network: NETWORK, containerId: name, ifname: "eth0", attempt: "1" };
    const { attachments } = this.store;
    const pod = { namespace: "default", name, uid: `uid-${name}` };
    const expiresAt = Date.now() + 60_000;
    attachments.begin(key, { deviceId: deviceIdOf(key), netns: `/run/netns/${name}`, pod, expiresAt });
    const hot = claimHotPort(this.world, key, target);
    if (typeof hot !== "object") {
      attachments.abandoned(key);
      return undefined;
    }
    void this.wiring
      .parking()
      ?.occupy(hot.plan, { netns: "", ifname: "eth0", owner: deviceIdOf(key) }, this.world.deadline.signal);
    attachments.attached(key, {});
    this.manager.attached(this.world);
    return { key, port: hot.port };
  }

  /** DEL, in the same sense. @returns whether the port goes back to its pool */
  del(key: { network: string; containerId: string; ifname: string }): boolean {
    const record = this.store.attachments.get(key);
    this.store.attachments.detaching(key);
    if (record === undefined || !this.manager.takesBack(this.world, record)) return false;
    const plan = record.wiring as WiringPlan;
    void this.wiring.parking()?.vacate(plan, undefined, this.world.deadline.signal);
    const port = this.wiring.vacates === "rewired" ? undefined : record.port;
    if (!this.store.hotPorts.takeBack(record, port)) return false;
    this.manager.returned(this.world);
    return true;
  }

  states(): Record<string, number> {
    const states: Record<string, number> = {};
    for (const { state } of this.store.hotPorts.list()) states[state] = (states[state] ?? 0) + 1;
    return states;
  }

  api(method: string, path: string, body?: unknown): Promise<Json> {
    return api(this.simulator, method, path, body);
  }

  async ports(): Promise<Port[]> {
    return (await this.api("GET", "/v2.0/ports")).ports as Port[];
  }

  /** Calls to Neutron since the last time, by method and collection. */
  async calls(): Promise<Record<string, number>> {
    const { counts } = await this.api("GET", "/_sim/calls");
    await this.api("DELETE", "/_sim/calls");
    return counts as Record<string, number>;
  }
}

async function api(simulator: Simulator, method: string, path: string, body?: unknown): Promise<Json> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(simulator.url + path, { method, ...init });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === "" ? {} : (JSON.parse(text) as Json);
}

const undo: (() => Promise<void> | void)[] = [];

/** Call it once at the top of a test file. */
export function cleanUpAfterEach(): void {
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
}

/** A node with Neutron's agent, on a network whose id is the configuration's default. Nothing is started. */
export async function testNode(options: NodeOptions = {}): Promise<TestNode> {
  const simulator = startSimulator();
  undo.push(() => simulator.stop());
  const dir = mkdtempSync(join(tmpdir(), "skynet-hot-ports-"));
  undo.push(() => rmSync(dir, { recursive: true }));
  const store = openStore(dir);
  undo.push(() => store.close());
  await api(simulator, "POST", "/_sim/agents", { host: "node1" });
  const network = (await api(simulator, "POST", "/v2.0/networks", { network: { name: "tenant" } }))
    .network as Json;
  const subnet = {
    network_id: network.id,
    ip_version: 4,
    cidr: options.cidr ?? "10.1.0.0/16",
    enable_dhcp: false,
  };
  await api(simulator, "POST", "/v2.0/subnets", { subnet });
  const config = loadConfig(
    {
      name: NETWORK,
      hostname: "node1",
      state_dir: dir,
      neutron: { neutron_url: simulator.url, default_network_id: network.id, ...options.neutron },
      plugin: { plugin_type: "linuxbridge" },
      agent: options.agent ?? {},
    },
    {},
  ).config;
  // The configuration knows no cooldown below a second, for real packets take their time.
  config.agent.hot_ports_cooldown = Number(options.agent?.cooldown ?? 0.05);
  const settings = {
    auth: { type: "none" as const },
    endpoint: simulator.url,
    tls: {},
    interface: "public" as const,
    requestTimeoutMs: 5000,
  };
  const session = new Session(settings, { retry: NO_PAUSES });
  const surroundings: Surroundings = {
    config,
    store,
    neutron: new Neutron(session, []),
    wiring: options.wiring ?? new StubWiring(),
    endpointKey: "neutron",
    ping: async () => {},
    kubernetes: async () => undefined,
  };
  const node = new TestNode(simulator, store, surroundings, options.clock ?? HURRIED);
  undo.push(() => node.manager.stop());
  return node;
}

/** Looks until `holds`, for at most ten seconds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`never: ${what}`);
    await Bun.sleep(5);
  }
}
