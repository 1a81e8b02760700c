import { CNI_VARIABLES } from "../cni/variables.ts";
import { VERSION } from "../version.ts";
import { type AgentChoice, chooseAgent } from "./choice.ts";
import { askAgent, type Exchange } from "./exchange.ts";

/**
 * What becomes of a call: the agent's answer as it is printed, a refusal (code 11, so that the runtime repeats the
 * call), or "here": this process does the job.
 */
export type Forwarded = { exitCode: 0 | 1; output: string } | { refusal: string; details: string } | "here";

/** The agent knows the verb's deadline and answers by it; an agent that is later than this is stuck. */
const GRACE_MS = 2_000;
/** An ADD that fails is taken back before it is answered, which has its own time (attachment/obtain.ts). */
const UNDO_MS = 15_000;
/** What the agent answers when it has not begun the call: it is ending, or it is starting or has enough to do. */
const ENDING = 410;
const NOT_NOW = 503;

/**
 * Has the node's agent serve a call, as the configuration wants it.
 *
 * @param stdin the network configuration, which goes to the agent as it is
 * @param startedAt when this process began, in milliseconds since the epoch
 */
export function forward(
  env: Readonly<Record<string, string | undefined>>,
  stdin: string,
  startedAt: number,
): Forwarded {
  const verb = env.CNI_COMMAND;
  const choice = chooseAgent(verb, stdin);
  if (choice === undefined) return "here";
  const id = Math.trunc(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
  const body = () => JSON.stringify({ id, version: VERSION, startedAt, env: cniVariables(env), stdin });
  const patienceMs = choice.seconds * 1000 + (verb === "ADD" ? UNDO_MS : 0) + GRACE_MS;
  const exchange = askAgent(choice.socket, body, patienceMs);
  return outcomeOf(verb === "DEL", choice, exchange, `request ${id}`);
}

/** Which of the three it is. A DEL may always be done twice, so that whoever can do it does it. */
export function outcomeOf(
  isDel: boolean,
  { mode, socket }: Pick<AgentChoice, "mode" | "socket">,
  exchange: Exchange,
  details: string,
): Forwarded {
  if (exchange.kind === "answered") {
    if (mode === "auto" && isFree(isDel, exchange.status)) return "here";
    if (isAnswer(exchange)) return { exitCode: exchange.status === 200 ? 0 : 1, output: exchange.body };
    const reason = `who listens on ${socket} is no agent of skynet (HTTP status ${exchange.status})`;
    return outcomeOf(isDel, { mode, socket }, { kind: "lost", reason }, details);
  }
  if (mode === "auto" && (isDel || exchange.kind === "absent")) return "here";
  const refusal =
    exchange.kind === "absent"
      ? `the agent is not running on this node: ${exchange.reason}; start it (skynet agent), or set plugin.agent to "auto"`
      : `the agent failed at this call: ${exchange.reason}; its log says why`;
  return { refusal, details };
}

/** Whether this process may do at once what the agent has not begun: a pod that is to go need not wait for it. */
function isFree(isDel: boolean, status: number): boolean {
  return status === ENDING || (isDel && status === NOT_NOW);
}

/** The runtime's environment is nobody else's business. Going through all of it would take longer, too. */
function cniVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  const variables: Record<string, string | undefined> = {};
  for (const name of CNI_VARIABLES) variables[name] = env[name];
  return variables;
}

/** Success has a result or nothing; everything else must be an error of CNI. */
function isAnswer({ status, body }: { status: number; body: string }): boolean {
  if (status === 200 && body === "") return true;
  try {
    const answer = JSON.parse(body) as { code?: unknown } | null;
    return typeof answer === "object" && (status === 200 || typeof answer?.code === "number");
  } catch {
    return false;
  }
}
