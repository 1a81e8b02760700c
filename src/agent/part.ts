import type { World } from "../attachment/world.ts";
import type { CniError } from "../cni/errors.ts";
import type { CniRequest } from "../cni/request.ts";
import type { Config } from "../config/load.ts";
import type { Logger } from "../log.ts";
import type { Instruments } from "./instruments.ts";
import type { Network, Networks } from "./networks.ts";

/** Something of the agent that runs beside the verbs, such as the keeper of ports made ahead. */
export interface AgentPart {
  /** For the log. */
  readonly name: string;
  /** Until it resolves the agent serves nothing; what takes long goes on in the background. A failure ends the agent. */
  start(signal: AbortSignal): Promise<void>;
  /** Ends it in good order; called once no verb is at work. Parts stop in the reverse order of their start. */
  stop(): Promise<void>;
}

/** A verb that is over, and what became of it. */
export interface Outcome {
  /** Of the log, of plugin and agent. */
  requestId: string;
  request: CniRequest;
  /** Undefined when it succeeded. */
  error: CniError | undefined;
  /** Milliseconds: since the agent got it, and of those until its turn came. */
  ms: number;
  waitedMs: number;
}

/** Where parts of the agent take part in verbs. */
export interface VerbHooks {
  /** Adds to a verb's world, before its work begins. */
  decorate?(world: World, request: CniRequest): World;
  /** Told of each verb after it has been answered. It must not throw. */
  onResult?(outcome: Outcome): void;
}

/** What an HTTP route answers. */
export interface RouteAnswer {
  /** Default 200. */
  status?: number;
  /** Default `text/plain; charset=utf-8`. */
  contentType?: string;
  body: string;
}

/** What is asked of a route. */
export interface RouteRequest {
  method: string;
  url: URL;
}

export type Route = (request: RouteRequest) => RouteAnswer | Promise<RouteAnswer>;

/** What the agent consists of besides serving verbs. */
export interface Composition {
  parts?: readonly AgentPart[];
  /** Path → its GET, on the socket; of these, `/metrics` on `agent.metrics_address` as well. */
  routes?: Readonly<Record<string, Route>>;
  hooks?: VerbHooks;
}

/** What parts are made from. */
export interface AgentCore {
  /** The agent's own configuration. */
  config: Config;
  log: Logger;
  /** The network of that configuration. */
  home: Network;
  /** Every network that pods have asked for, opened once. */
  networks: Networks;
  /** What the agent measures itself by, from its first call on. */
  instruments: Instruments;
  /** Calls of plugins that are not answered yet. */
  atWork(): number;
  /** Verbs at work and waiting, by CNI network. */
  load(): { network: string; waiting: number; atWork: number }[];
}
