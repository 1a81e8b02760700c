/**
 * Whether a call goes to the node's agent: decided from the configuration's text alone, without schema, for the
 * agent checks it anyway. What is wrong with it is found by whoever serves the call.
 */

/** Verbs that the agent serves. VERSION needs neither agent nor node. */
export type ForwardedVerb = keyof typeof DEADLINES;

export interface AgentChoice {
  /** Whether this process does the job when there is no agent, or pods wait for one. */
  mode: "auto" | "required";
  socket: string;
  /** What the verb may take in all. */
  seconds: number;
}

/** The verbs and, under `deadlines`, their keys with what holds when they are not given: as in the schema. */
const DEADLINES = {
  ADD: { key: "add", seconds: 120 },
  DEL: { key: "del", seconds: 60 },
  CHECK: { key: "check", seconds: 10 },
  STATUS: { key: "check", seconds: 10 },
  GC: { key: "gc", seconds: 300 },
} as const;

/** What the schema allows at most; whatever is longer is refused by whoever serves the call. */
const LONGEST_SECONDS = 3600;

/** As in the schema. */
const DEFAULT_SOCKET = "/run/skynet/agent.sock";

type Json = Readonly<Record<string, unknown>>;

/** Which agent is to be asked, and undefined when none is: `off`, or a configuration that nobody can read. */
export function chooseAgent(verb: string | undefined, stdin: string): AgentChoice | undefined {
  if (!isForwarded(verb)) return undefined;
  const config = parse(stdin);
  const mode = section(config, "plugin").agent || "auto";
  const socket = section(config, "agent").socket || DEFAULT_SOCKET;
  if ((mode !== "auto" && mode !== "required") || typeof socket !== "string") return undefined;
  const { key, seconds } = DEADLINES[verb];
  const given = section(config, "deadlines")[key];
  return { mode, socket, seconds: isDuration(given) ? given : seconds };
}

function isDuration(given: unknown): given is number {
  return typeof given === "number" && given > 0 && given <= LONGEST_SECONDS;
}

function isForwarded(verb: string | undefined): verb is ForwardedVerb {
  return verb !== undefined && Object.hasOwn(DEADLINES, verb);
}

/** A text that is no object has `off` in effect: whoever does the job says what is wrong. */
function parse(stdin: string): Json {
  try {
    const config: unknown = JSON.parse(stdin);
    if (typeof config === "object" && config !== null) return config as Json;
  } catch {
    // Said below.
  }
  return { plugin: { agent: "off" } };
}

function section(config: Json, name: string): Json {
  const value = config[name];
  return typeof value === "object" && value !== null ? (value as Json) : {};
}
