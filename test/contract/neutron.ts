/**
 * The Neutron that the contract is held to: a real one (`NEUTRON_URL=http://…:9696`), or the simulator in this process.
 * Every fixture made here is deleted after its test, whatever became of the test.
 */
import { afterAll, afterEach, expect, setDefaultTimeout } from "bun:test";
import { startSimulator } from "../../lab/simulator/server.ts";

/** Milliseconds a test may take: real Neutron needs 0.3 to 0.5 s a write, and much more when the machine is busy. */
const TEST_TIMEOUT = 120_000;

export type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

export interface TestNetwork {
  id: string;
  name: string;
  /** Ids of its subnets; empty when the network was made without. */
  v4: string;
  v6: string;
}

export interface Neutron {
  /** Undefined on a real one: some tests turn its switches. */
  simulator: string | undefined;
  /** Aliases of the extensions it has. */
  extensions: ReadonlySet<string>;
  /** A host whose agent is alive, for tests of binding; undefined when there is none. */
  agentHost: string | undefined;
  call(method: string, path: string, body?: Json, headers?: Record<string, string>): Promise<Answer>;
  /** A network of this test's own, with the subnets asked for, by their CIDR. */
  network(options?: { v4?: string; v6?: string; attributes?: Json; subnet?: Json }): Promise<TestNetwork>;
  /** POST /v2.0/ports, 201 expected: the port. */
  port(attributes: Json): Promise<Json>;
  /** A security group of this test's own: its id. */
  group(): Promise<string>;
  /** Has `path` deleted after the test; what is gone already is no failure. */
  cleanUp(path: string): void;
}

export const UNKNOWN = "00000000-0000-0000-0000-000000000001";

let counter = 0;

/** A name nobody else uses. */
export function uniqueName(): string {
  counter += 1;
  return `contract-${process.pid}-${Date.now().toString(36)}-${counter}`;
}

/** Call it once at the top of a test file. */
export async function connect(): Promise<Neutron> {
  setDefaultTimeout(TEST_TIMEOUT);
  const real = process.env.NEUTRON_URL;
  const simulator = real ? undefined : startSimulator();
  const base = real || String(simulator?.url);
  const doomed: string[] = [];
  const call = (method: string, path: string, body?: Json, headers: Record<string, string> = {}) =>
    request(base, method, path, body, headers);
  if (simulator !== undefined) {
    expect((await call("POST", "/_sim/agents", { host: "node1" })).status).toBe(201);
    afterAll(() => simulator.stop());
  }
  afterEach(async () => {
    for (const path of doomed.splice(0).reverse()) await destroy(call, path);
  });
  const neutron: Neutron = {
    simulator: simulator?.url,
    extensions: await listAliases(call),
    agentHost: await findHost(call),
    call,
    network: (options = {}) => makeNetwork(neutron, options),
    port: async (attributes) => (await created(neutron, "ports", { port: attributes })).port as Json,
    group: async () => {
      const body = { security_group: { name: uniqueName() } };
      const { id } = (await created(neutron, "security-groups", body)).security_group as Json;
      neutron.cleanUp(`/v2.0/security-groups/${id}`);
      return String(id);
    },
    cleanUp: (path) => void doomed.push(path),
  };
  return neutron;
}

/** Holds an answer to Neutron's error of this status, type and text. */
export function refuses(answer: Answer, status: number, type: string, message: string): void {
  const got: Json = { status: answer.status, ...answer.body };
  expect(got).toEqual({
    status,
    NeutronError: { type, message, detail: "" },
  });
}

/** The entries of a list answer. */
export function entries(answer: Answer, collection: string): Json[] {
  expect(answer.status).toBe(200);
  return answer.body[collection] as Json[];
}

type Call = Neutron["call"];

async function request(
  base: string,
  method: string,
  path: string,
  body: Json | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  const response = await fetch(base + path, {
    method,
    headers: { "Content-Type": "application/json", ...headers },
    signal: AbortSignal.timeout(100_000),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : JSON.parse(text) };
}

async function created(neutron: Neutron, collection: string, body: Json): Promise<Json> {
  const answer = await neutron.call("POST", `/v2.0/${collection}`, body);
  expect({ status: answer.status, error: answer.body.NeutronError }).toEqual({
    status: 201,
    error: undefined,
  });
  return answer.body;
}

async function makeNetwork(
  neutron: Neutron,
  options: { v4?: string; v6?: string; attributes?: Json; subnet?: Json },
): Promise<TestNetwork> {
  const name = uniqueName();
  const made = await created(neutron, "networks", { network: { name, ...options.attributes } });
  const network: TestNetwork = { id: String((made.network as Json).id), name, v4: "", v6: "" };
  neutron.cleanUp(`/v2.0/networks/${network.id}`);
  const subnet = async (version: 4 | 6, cidr: string): Promise<string> => {
    const attributes = {
      network_id: network.id,
      ip_version: version,
      cidr,
      enable_dhcp: false,
      ...options.subnet,
    };
    return String(((await created(neutron, "subnets", { subnet: attributes })).subnet as Json).id);
  };
  if (options.v4 !== undefined) network.v4 = await subnet(4, options.v4);
  if (options.v6 !== undefined) network.v6 = await subnet(6, options.v6);
  return network;
}

/** A network keeps its ports, so they go first. */
async function destroy(call: Call, path: string): Promise<void> {
  const network = /^\/v2\.0\/networks\/(.+)$/.exec(path)?.[1];
  if (network !== undefined) {
    const list = await call("GET", `/v2.0/ports?network_id=${network}&fields=id`);
    for (const { id } of entries(list, "ports")) {
      expect([204, 404]).toContain((await call("DELETE", `/v2.0/ports/${id}`)).status);
    }
  }
  const answer = await call("DELETE", path);
  expect({ path, deleted: [204, 404].includes(answer.status), answer: answer.body }).toMatchObject({
    deleted: true,
  });
}

async function listAliases(call: Call): Promise<ReadonlySet<string>> {
  const list = entries(await call("GET", "/v2.0/extensions"), "extensions");
  return new Set(list.map((extension) => String(extension.alias)));
}

async function findHost(call: Call): Promise<string | undefined> {
  const query = new URLSearchParams({ alive: "true", agent_type: "Linux bridge agent" });
  const [agent] = entries(await call("GET", `/v2.0/agents?${query}`), "agents");
  return agent === undefined ? undefined : String(agent.host);
}
