/** The simulator as its administrator has it: what it saw of a measured call, and who is there. */
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
  await forgetCalls();
  const result = await work();
  const { log } = (await admin("GET", "calls")) as { log: LoggedCall[] };
  const requests = log.map(({ method, path }) => `${method} ${path.split(/[/?]/)[2]}`);
  return { result, calls: { requests, ms: log.reduce((sum, { duration }) => sum + duration, 0) } };
}

/** How many calls there have been since {@link forgetCalls}, of all kinds: such as `POST ports` → 3. */
export async function countCalls(): Promise<Readonly<Record<string, number>>> {
  const { counts } = (await admin("GET", "calls")) as { counts: Record<string, number> };
  return counts;
}

export async function forgetCalls(): Promise<void> {
  await admin("DELETE", "calls");
}

/** Registers an agent, so that ports on that host are bound, and ACTIVE at once. */
export async function registerAgent(host: string, type: string): Promise<void> {
  await admin("POST", "agents", { host, agent_type: type });
}

/** A subnet that has room for all pods and all ports that wait for pods, and a quota that has, too. @returns its id */
export async function makeRoom(networkId: string): Promise<string> {
  await ask("PUT", "/v2.0/quotas/fake_project_id", { quota: { port: -1 } });
  const subnet = { network_id: networkId, ip_version: 4, cidr: "10.64.0.0/20", gateway_ip: "10.64.0.1" };
  const answer = await ask("POST", "/v2.0/subnets", { subnet });
  return (answer as { subnet: { id: string } }).subnet.id;
}

function admin(method: string, resource: string, body?: object): Promise<unknown> {
  return ask(method, `/_sim/${resource}`, body);
}

async function ask(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(apiUrl + path, {
    method,
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return text === "" ? undefined : JSON.parse(text);
}
