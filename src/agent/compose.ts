import type { Agent as AttachmentAgent, World } from "../attachment/world.ts";
import { wallClock } from "../clock.ts";
import { readAsk } from "../cni/asked.ts";
import { CniCode } from "../cni/errors.ts";
import { Background } from "./background.ts";
import { HotPortManager } from "./hot-ports/manager.ts";
import { JournalKeeper } from "./journal-keeper.ts";
import { CONTENT_TYPE } from "./metrics/exposition.ts";
import { noteVerb } from "./metrics/verb-meter.ts";
import { NodePods, nodeNameOf } from "./node-pods.ts";
import type { AgentCore, AgentPart, Composition, Outcome } from "./part.ts";
import { connectMetrics } from "./readings.ts";
import { Reconciler } from "./reconcile/reconciler.ts";
import { describeState } from "./state.ts";

/** What work after an answer may still take when the agent stops, in milliseconds. */
const FINISH_BACKGROUND_MS = 2_000;

/** The parts of the agent, which know each other here alone. */
export interface Parts {
  readonly hotPorts: HotPortManager;
  readonly reconciler: Reconciler;
  readonly pods: NodePods;
  readonly background: Background;
}

/** What the agent consists of: its parts are made, and know each other, here alone. */
export function compose(core: AgentCore): Composition {
  const parts = makeParts(core);
  connectMetrics(core, parts);
  const agent = agentOf(parts);
  return {
    parts: [
      opener(core),
      parts.pods,
      parts.reconciler,
      keeper(core, parts),
      new JournalKeeper(core.networks, core.log),
    ],
    hooks: {
      decorate: (world, { networkName }) => {
        parts.hotPorts.use(networkName, world);
        return { ...world, agent };
      },
      onResult: (outcome) => {
        noteVerb(core.instruments.metrics, outcome);
        reportFailure(parts, outcome);
      },
    },
    routes: {
      "/metrics": () => ({ body: core.instruments.registry.render(), contentType: CONTENT_TYPE }),
      "/debug/state": () => ({
        body: `${JSON.stringify(describeState(core, parts), undefined, 2)}\n`,
        contentType: "application/json",
      }),
    },
  };
}

function makeParts(core: AgentCore): Parts {
  const { config, log, home, instruments } = core;
  const background = new Background(log);
  const pods = new NodePods({
    connect: () => home.surroundings.kubernetes(),
    nodeName: nodeNameOf(config, process.env),
    log,
  });
  const hotPorts = new HotPortManager({
    store: home.surroundings.store,
    log,
    clock: wallClock,
    random: Math.random,
    neutronFor: ({ neutron }, priority, lane) => neutron.with({ priority, lane }),
    onPortGone: (_site, { pod, portId }) =>
      pods.failed(pod, {
        code: CniCode.badRequest,
        message: `the pod's port ${portId} was deleted in Neutron by somebody else, and the pod has no network; delete the pod to have it made anew`,
      }),
  });
  const parts: Parts = {
    background,
    pods,
    hotPorts,
    reconciler: reconcilerOf(core, () => agentOf(parts), pods),
  };
  for (const result of ["ok", "failed"]) instruments.metrics.reconcileRuns.add({ result }, 0);
  return parts;
}

function reconcilerOf(core: AgentCore, agent: () => AttachmentAgent, pods: NodePods): Reconciler {
  const { config, log, home, networks, instruments } = core;
  return new Reconciler({
    log,
    intervalMs: config.agent.reconcile_interval * 1000,
    podLives: (uid) => pods.lives(uid),
    onRepair: (kind, count) => instruments.metrics.reconcileRepairs.add({ kind }, count),
    onPass: ({ failures }) =>
      instruments.metrics.reconcileRuns.add({ result: failures.length === 0 ? "ok" : "failed" }),
    open: async (deadline) => {
      const turn = { priority: "pool", lane: "reconciliation" } as const;
      const worldOf = (network: typeof home): World => ({
        ...network.surroundings,
        neutron: network.surroundings.neutron.with(turn),
        log: network.log,
        deadline,
        agent: agent(),
      });
      return { home: worldOf(home), all: (await networks.list()).map(worldOf) };
    },
  });
}

/** What attachments use of the parts. */
function agentOf({ hotPorts, pods, background }: Parts): AttachmentAgent {
  return {
    hotPorts,
    annotationsOf: (pod, signal) => pods.annotationsOf(pod, signal),
    attached: (pod, port) => pods.attached(pod, port),
    later: (name, work) => background.later(name, work),
  };
}

/** What a node has of other networks than the agent's own need not wait for their next pod. */
function opener({ home, networks, log }: AgentCore): AgentPart {
  return {
    name: "networks",
    start: () => networks.reopen(home.surroundings.store, log),
    stop: async () => undefined,
  };
}

/** Keeps the hot ports of the agent's own network and of those the node has something of; of others when one first asks. */
function keeper({ networks }: AgentCore, { hotPorts, background }: Parts): AgentPart {
  return {
    name: "ports made ahead of pods",
    async start() {
      for (const { config, surroundings } of await networks.list()) hotPorts.use(config.name, surroundings);
      await hotPorts.start();
    },
    async stop() {
      await background.stop(FINISH_BACKGROUND_MS);
      await hotPorts.stop();
    },
  };
}

/** Kubernetes shows the reason beside the pod. */
function reportFailure({ pods }: Parts, { request, error }: Outcome): void {
  if (error !== undefined && request.command === "ADD") pods.failed(readAsk(request).pod, error);
}
