/** The nodes' agents: Neutron's, whose part is played, and skynet's. */
import { mkdirSync, writeFileSync } from "node:fs";
import { AgentProcess } from "../../lab/agent-process.ts";
import { hasOpenVswitch } from "../../lab/node-kinds.ts";
import { startTaggingAgent } from "../../lab/openvswitch/tagging-agent.ts";
import { waitFor } from "../../lab/wait.ts";
import type { AgentState } from "../../src/agent/state.ts";
import type { Contestant } from "./contestants.ts";
import { registerAgent } from "./neutron-calls.ts";

/** Fills the pool the first time. */
const READY_WITHIN_MS = 60_000;

/** Neutron's agents, as far as they can be seen: in the API, and on nodes with Open vSwitch by their tags. @returns what ends them */
export async function startNeutronsAgents(all: readonly Contestant[]): Promise<() => Promise<void>> {
  const stops: (() => Promise<void>)[] = [];
  for (const { node, network } of all) {
    const { neutron_agent: agent } = (network.plugin ?? {}) as { neutron_agent?: string };
    if (agent !== "required") continue;
    const isSwitched = hasOpenVswitch(node.kind);
    await registerAgent(node.hostname, isSwitched ? "Open vSwitch agent" : "Linux bridge agent");
    if (isSwitched) stops.push(await startTaggingAgent(node.openvswitch.connection));
  }
  return async () => {
    for (const stop of stops) await stop();
  };
}

/** skynet's agent on the node of a contestant. */
export class SkynetAgent {
  readonly #process: AgentProcess;
  readonly #ready: number;
  readonly #name: string;

  private constructor({ name, node, network }: Contestant) {
    const file = node.path("net.d", "10-pods.conf");
    mkdirSync(node.path("net.d"), { recursive: true });
    writeFileSync(file, JSON.stringify(network));
    this.#process = new AgentProcess(node, file);
    this.#ready = (network.agent as { hot_ports_min: number }).hot_ports_min;
    this.#name = name;
  }

  /** Starts it and waits until it has its ports. Undo: {@link stop}. */
  static async start(contestant: Contestant): Promise<SkynetAgent> {
    const agent = new SkynetAgent(contestant);
    await agent.#process.start({ program: [contestant.executable, "agent"] });
    await agent.calm();
    return agent;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  get pid(): number {
    const { pid } = this.#process;
    if (pid === undefined) throw new Error(`${this.#name}: the agent is gone:\n${this.#process.log(20)}`);
    return pid;
  }

  async state(): Promise<AgentState> {
    return JSON.parse((await this.#process.get("/debug/state")).body);
  }

  /**
   * Waits until it has enough ports ready, has told Neutron of every pod, and asks nobody anything.
   *
   * @param cooled wait also until no port of a removed pod is on its way back
   */
  async calm({ cooled = false } = {}): Promise<AgentState> {
    return waitFor(
      `ports of ${this.#name} that are ready`,
      async () => {
        const state = await this.state();
        return isCalm(state, this.#ready, cooled) ? state : undefined;
      },
      { timeout: READY_WITHIN_MS, interval: 20 },
    );
  }
}

function isCalm({ hotPorts, attachments, calls }: AgentState, ready: number, cooled: boolean): boolean {
  const sum = (state: "making" | "wiring" | "hot" | "cooling" | "leaving") =>
    hotPorts.reduce((total, { counts }) => total + counts[state], 0);
  const atWork = sum("making") + sum("wiring") + sum("leaving") + (cooled ? sum("cooling") : 0);
  return sum("hot") >= ready && atWork + attachments.identityDue + calls.afterwards === 0;
}
