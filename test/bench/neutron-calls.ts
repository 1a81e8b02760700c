/** What the simulator saw of a measured call. */
import { apiUrl } from "../../lab/layout.ts";

/** Calls to Neutron, in order, such as `POST ports`; and how long the simulator worked on them together. */
export interface NeutronCalls {
  readonly requests: readonly string[];
  /** Milliseconds. */
  readonly ms: number;
}

interface LoggedCall {
  readonly method: string;
  readonly path: string;
  readonly duration: number;
}

/** Runs `work` and answers, beside what it answers, what it asked of Neutron. Nobody else may ask meanwhile. */
export async function observed<T>(work: () => Promise<T>): Promise<{ result: T; calls: NeutronCalls }> {
  await admin("DELETE", "calls");
  const result = await work();
  const { log } = (await admin("GET", "calls")) as { log: LoggedCall[] };
  const requests = log.map(({ method, path }) => `${method} ${path.split(/[/?]/)[2]}`);
  return { result, calls: { requests, ms: log.reduce((sum, { duration }) => sum + duration, 0) } };
}

/** Registers an agent, so that ports on that host are bound, and ACTIVE at once. */
export async function registerAgent(host: string, type: string): Promise<void> {
  await admin("POST", "agents", { host, agent_type: type });
}

async function admin(method: string, resource: string, body?: object): Promise<unknown> {
  const response = await fetch(`${apiUrl}/_sim/${resource}`, {
    method,
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok)
    throw new Error(`${method} /_sim/${resource}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return text === "" ? undefined : JSON.parse(text);
}
