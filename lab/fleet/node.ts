import { join } from "node:path";
import { Background } from "../../src/agent/background.ts";
import { HotPortManager } from "../../src/agent/hot-ports/manager.ts";
import { openInstruments } from "../../src/agent/instruments.ts";
import { JournalKeeper } from "../../src/agent/journal-keeper.ts";
import { askNeutron } from "../../src/agent/reconcile/gather.ts";
import type { World } from "../../src/attachment/world.ts";
import { wallClock } from "../../src/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Deadline } from "../../src/deadline.ts";
import { silent } from "../../src/log.ts";
import { Neutron } from "../../src/openstack/neutron/client.ts";
import { Session } from "../../src/openstack/session.ts";
import { openStore } from "../../src/state/index.ts";
import type { Surroundings } from "../../src/verbs/world.ts";
import type { WiringPlan } from "../../src/wiring/wiring.ts";
import type { Simulator } from "../simulator/server.ts";
import { Line } from "./line.ts";
import { attachPort, detachPort } from "./pod-port.ts";
import { RememberedWiring } from "./wiring.ts";

/** The CNI network that all pods are on. */
const NETWORK = "pods";
/** When a reconciler looks at Neutron: see `src/agent/reconcile/reconciler.ts`, which needs a kernel for the rest of its work. */
const RECONCILER_FIRST_MS = 15_000;
const RECONCILER_S = 120;

export interface NodeOptions {
  readonly name: string;
  /** Where the stores of all nodes are. */
  readonly dir: string;
  readonly networkId: string;
  /** Keys of the configuration's section `agent`. */
  readonly agent: Readonly<Record<string, unknown>>;
}

/** What of an agent lives as long as its process. */
interface Process {
  readonly hotPorts: HotPortManager;
  readonly background: Background;
  readonly journal: JournalKeeper;
  readonly ending: AbortController;
}

/** A node with all of its agent that speaks to Neutron. */
export class FleetNode {
  readonly line: Line;
  readonly #surroundings: Surroundings;
  readonly #wiring = new RememberedWiring();
  #process: Process;
  #pods = 0;

  constructor(
    simulator: Simulator,
    readonly options: NodeOptions,
  ) {
    this.line = new Line(simulator);
    this.#surroundings = open(simulator, options, this.line, this.#wiring);
    this.#process = this.#newProcess();
  }

  /** The agent starts. */
  async start(): Promise<void> {
    const { hotPorts, journal, ending } = this.#process;
    hotPorts.use(NETWORK, this.#surroundings);
    hotPorts.start();
    await journal.start();
    void this.#reconcile(ending.signal);
  }

  async stop(): Promise<void> {
    const { hotPorts, background, journal, ending } = this.#process;
    ending.abort();
    await Promise.all([journal.stop(), background.stop(0), hotPorts.stop(0)]);
  }

  /** The node loses its power, and is up again: its store is there, its kernel has forgotten everything. */
  async reboot(): Promise<void> {
    await this.stop();
    this.#wiring.forget();
    this.#process = this.#newProcess();
  }

  close(): void {
    this.#surroundings.store.close();
  }

  /** A pod's ADD. @returns what DEL knows it by */
  async add(): Promise<string> {
    const name = `${this.options.name}-pod${++this.#pods}`;
    using deadline = new Deadline("ADD", this.#surroundings.config.deadlines.add);
    await attachPort(this.#world(deadline), {
      key: keyOf(name),
      netns: `/run/netns/${name}`,
      pod: { namespace: "default", name, uid: `uid-${name}` },
      annotations: new Map(),
      addresses: [],
      mac: undefined,
    });
    return name;
  }

  async del(name: string): Promise<void> {
    using deadline = new Deadline("DEL", this.#surroundings.config.deadlines.del);
    await detachPort(this.#world(deadline), keyOf(name));
  }

  /** Whether as many ports are ready as the configuration wants at least. */
  get isWarm(): boolean {
    const { store, config } = this.#surroundings;
    const ready = store.hotPorts.list().filter(({ state, wiring }) => {
      return state === "hot" && this.#wiring.isStandIn(wiring as WiringPlan);
    });
    return ready.length >= config.agent.hot_ports_min;
  }

  /** Whether nothing is left to be told to Neutron, or waited for. */
  get isQuiet(): boolean {
    if (this.line.underWay > 0) return false;
    const { attachments, hotPorts, journal } = this.#surroundings.store;
    const isSettled = hotPorts.list().every(({ state }) => state === "hot" || state === "cooling");
    return isSettled && attachments.listIdentityDue().length === 0 && journal.list().length === 0;
  }

  /** The ids of the ports that the node knows of. */
  get portIds(): string[] {
    const { attachments, hotPorts } = this.#surroundings.store;
    return [...attachments.list(), ...hotPorts.list()].flatMap((row) =>
      "state" in row && row.state === "detached" ? [] : (row.portId ?? []),
    );
  }

  #newProcess(): Process {
    const { store, neutron, config } = this.#surroundings;
    const hotPorts = new HotPortManager({
      store,
      log: silent,
      clock: wallClock,
      random: Math.random,
      neutronFor: (_, priority, lane) => neutron.with({ priority, lane }),
      onPortGone: (_, { portId }) => {
        throw new Error(`port ${portId} of a pod is gone from Neutron`);
      },
    });
    const network = { surroundings: this.#surroundings, config, log: silent };
    const journal = new JournalKeeper({ list: async () => [network] }, silent);
    return { hotPorts, journal, background: new Background(silent), ending: new AbortController() };
  }

  #world(deadline: Deadline): World {
    const { hotPorts, background } = this.#process;
    const agent = { hotPorts, later: background.later.bind(background) };
    return { ...this.#surroundings, log: silent, deadline, agent };
  }

  /** Lists the node's ports as a reconciler does, when it does. */
  async #reconcile(ending: AbortSignal): Promise<void> {
    const everyMs = this.#surroundings.config.agent.reconcile_interval * 1000;
    for (let pause = Math.random() * RECONCILER_FIRST_MS; ; pause = everyMs * (1 + Math.random() / 4)) {
      await Bun.sleep(pause);
      if (ending.aborted) return;
      using deadline = new Deadline("a look at Neutron", RECONCILER_S);
      const home = this.#world(deadline);
      await askNeutron({ home, all: [home] }, deadline.signal).catch(() => {});
    }
  }
}

function keyOf(name: string) {
  return { network: NETWORK, containerId: name, ifname: "eth0" };
}

function open(
  simulator: Simulator,
  { name, dir, networkId, agent }: NodeOptions,
  line: Line,
  wiring: RememberedWiring,
): Surroundings {
  const stateDir = join(dir, name);
  const { config } = loadConfig(
    {
      name: NETWORK,
      hostname: name,
      state_dir: stateDir,
      neutron: { neutron_url: simulator.url, default_network_id: networkId },
      plugin: { plugin_type: "linuxbridge" },
      agent,
    },
    {},
  );
  const settings = {
    auth: { type: "none" as const },
    endpoint: simulator.url,
    projectId: "fake_project_id",
    tls: {},
    interface: "public" as const,
    requestTimeoutMs: config.neutron.request_timeout * 1000,
  };
  const gate = openInstruments(silent, config.agent.neutron_calls).neutron.limiterFor(settings);
  const session = line.connecting(() => new Session(settings, { gate }));
  return {
    config,
    wiring,
    store: openStore(stateDir),
    neutron: new Neutron(session, []),
    endpointKey: "neutron",
    ping: async () => {},
    kubernetes: async () => undefined,
  };
}
