import type { Server } from "node:http";
import { loadConfig } from "../config/load.ts";
import type { JsonObject } from "../config/object.ts";
import type { Logger } from "../log.ts";
import type { Refusal } from "./call.ts";
import { Calls } from "./calls.ts";
import { type Instruments, openInstruments } from "./instruments.ts";
import { becomeTheAgent } from "./lock.ts";
import { Networks } from "./networks.ts";
import { notifySystemd } from "./notify.ts";
import type { AgentCore, AgentPart, Composition, Route } from "./part.ts";
import { createAgentServer, createPublicServer } from "./server.ts";
import { type Listener, listening, listenOnUnix } from "./socket.ts";

/** Calls that are at work when the agent is to end have so long; then they are aborted and taken back. */
const FINISH_MS = 20_000;
/** What taking back may take: as long as an attachment's undo has. */
const UNDO_MS = 10_000;
/** What one part's end may take. */
const STOP_PART_MS = 5_000;

const STOPPING = "the agent is stopping: try again";

export interface AgentOptions {
  /** The network configuration as its file has it. */
  config: JsonObject;
  log: Logger;
  /** Ends the start. */
  signal: AbortSignal;
  /** What the agent does besides serving verbs. */
  compose(core: AgentCore): Composition;
}

export interface Agent {
  /** Ends it in good order: takes no more calls, finishes those at work, stops its parts. */
  stop(reason: string): Promise<void>;
}

/**
 * Starts the node's agent. From the moment its socket is there plugins get an answer: until all parts have started,
 * that it is starting (code 11).
 *
 * @throws what keeps it from starting; whatever was begun is ended again
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const agent = new RunningAgent(options);
  try {
    await agent.start();
    return agent;
  } catch (error) {
    await agent.stop("the agent could not start");
    throw error;
  }
}

class RunningAgent implements Agent {
  /** Why it is not ready; undefined while all is well. */
  private notReady: string | undefined = "the agent is starting";
  /** Calls are begun: from when it is ready until all are heard who reached the socket before it went. */
  private isServing = false;
  private readonly instruments: Instruments;
  private readonly networks: Networks;
  private readonly started: AgentPart[] = [];
  private calls: Calls | undefined;
  private listener: Listener | undefined;
  private publicServer: Server | undefined;
  private unlock: (() => void) | undefined;

  constructor(private readonly options: AgentOptions) {
    const { log, config } = options;
    this.instruments = openInstruments(log, loadConfig(config).config.agent.neutron_calls);
    this.networks = new Networks((settings) => this.instruments.neutron.limiterFor(settings));
  }

  async start(): Promise<void> {
    const { log, signal } = this.options;
    const home = await this.networks.of(this.options.config);
    const { config } = home;
    this.unlock = await becomeTheAgent(config.state_dir, log, signal);
    const { networks, instruments } = this;
    const composition = this.options.compose({
      config,
      log,
      home,
      networks,
      instruments,
      atWork: () => this.calls?.atWork ?? 0,
      load: () => this.calls?.load() ?? [],
    });
    await this.listen(config.agent.socket, config.agent.metrics_address, composition);
    for (const part of composition.parts ?? []) {
      this.notReady = `the agent is starting: ${part.name}`;
      this.started.push(part);
      await part.start(signal);
    }
    signal.throwIfAborted();
    this.notReady = undefined;
    this.isServing = true;
    notifySystemd("READY=1", log);
    log.info("the agent is ready", { socket: config.agent.socket, network: config.name });
  }

  async stop(reason: string): Promise<void> {
    const { log } = this.options;
    this.notReady = STOPPING;
    notifySystemd("STOPPING=1", log);
    log.info("the agent stops", { reason, calls: this.calls?.atWork ?? 0 });
    await this.listener?.close();
    this.isServing = false;
    await this.finishCalls();
    for (const part of this.started.reverse()) await this.stopPart(part);
    this.publicServer?.close();
    this.networks.close();
    this.unlock?.();
    log.info("the agent has stopped");
  }

  private async listen(
    path: string,
    publicAddress: string | undefined,
    { routes = {}, hooks = {} }: Composition,
  ): Promise<void> {
    const { log } = this.options;
    const calls = new Calls({ networks: this.networks, hooks, log, refusal: () => this.refusal() });
    this.calls = calls;
    const health: Record<string, Route> = {
      "/healthz": () => ({ body: "ok\n" }),
      "/readyz": () =>
        this.notReady === undefined ? { body: "ok\n" } : { status: 503, body: `${this.notReady}\n` },
    };
    const server = createAgentServer({ calls, log, routes: { ...routes, ...health } });
    this.listener = await listenOnUnix(path, log, (socket) => server.emit("connection", socket));
    const { "/metrics": metrics } = routes;
    const open = { ...health, ...(metrics === undefined ? {} : { "/metrics": metrics }) };
    if (publicAddress !== undefined) await this.listenForEverybody(publicAddress, open);
  }

  /** Pods do not depend on it, so that they do not wait when it cannot be. */
  private async listenForEverybody(address: string, routes: Record<string, Route>): Promise<void> {
    const { log } = this.options;
    this.publicServer = createPublicServer({ log, routes });
    try {
      await listening(this.publicServer, hostAndPort(address));
    } catch (error) {
      log.error("nobody can be shown metrics: cannot listen on agent.metrics_address", { address, error });
    }
  }

  private refusal(): Refusal | undefined {
    if (this.isServing) return undefined;
    const reason = this.notReady ?? STOPPING;
    return { status: reason === STOPPING ? 410 : 503, reason };
  }

  private async finishCalls(): Promise<void> {
    if (this.calls === undefined || (await this.calls.drained(FINISH_MS)) === 0) return;
    this.calls.abort("the agent stops");
    const left = await this.calls.drained(UNDO_MS);
    if (left > 0)
      this.options.log.warn("calls were left undone; the next agent takes them up", { calls: left });
  }

  private async stopPart(part: AgentPart): Promise<void> {
    const { log } = this.options;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      log.warn("a part of the agent did not stop in time", { part: part.name });
      late.resolve();
    }, STOP_PART_MS);
    try {
      await Promise.race([part.stop(), late.promise]);
    } catch (error) {
      log.error("a part of the agent failed to stop", { part: part.name, error });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** `ADDRESS:PORT`, an IPv6 address in brackets. */
function hostAndPort(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}
