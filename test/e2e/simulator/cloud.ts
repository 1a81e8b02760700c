/** The simulated cloud as its administrator sees it: ports, quotas and agents, and the faults of its API. */
import type { FaultRequest } from "../../../lab/simulator/faults.ts";
import { waitFor } from "../../../lab/wait.ts";

/** What tests look at of a port. */
export interface CloudPort {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly device_id: string;
  readonly device_owner: string;
  readonly "binding:host_id": string;
  readonly status: string;
  readonly tags: readonly string[];
  readonly fixed_ips: readonly { readonly subnet_id: string; readonly ip_address: string }[];
}

export type AskedFault = Pick<FaultRequest, "action"> & Partial<FaultRequest>;

/** The project of everybody who calls without authentication. */
const PROJECT = "fake_project_id";
const TIMEOUT_MS = 10_000;

export class Cloud {
  readonly url: string;
  readonly #timeoutMs: number;

  /** @param timeoutMs for each call; a real Neutron takes longer */
  constructor(url: string, timeoutMs = TIMEOUT_MS) {
    this.url = url;
    this.#timeoutMs = timeoutMs;
  }

  /** Every port of a cluster, or every port there is. */
  async ports(cluster?: string): Promise<CloudPort[]> {
    const filter = cluster === undefined ? "" : `?tags=skynet-cluster%3D${cluster}`;
    return (await this.call<{ ports: CloudPort[] }>("GET", `/v2.0/ports${filter}`)).ports;
  }

  async createPort(port: object): Promise<CloudPort> {
    return (await this.call<{ port: CloudPort }>("POST", "/v2.0/ports", { port })).port;
  }

  /** How many ports the project may have; without a limit, Neutron's default again. */
  async limitPorts(limit?: number): Promise<void> {
    const quota = { port: limit ?? -1 };
    await this.call("PUT", `/v2.0/quotas/${PROJECT}`, { quota });
  }

  /** An agent on a host, by default for Linux bridges: ports there are bound, and become ACTIVE. */
  async addAgent(host: string, kind = "Linux bridge agent"): Promise<void> {
    await this.call("POST", "/_sim/agents", { host, agent_type: kind });
  }

  async set(settings: { activation?: "immediate" | "manual"; active_delay_ms?: number }): Promise<void> {
    await this.call("POST", "/_sim/settings", settings);
  }

  async addFault(fault: AskedFault): Promise<void> {
    await this.call("POST", "/_sim/faults", fault);
  }

  async clearFaults(): Promise<void> {
    await this.call("DELETE", "/_sim/faults");
  }

  /** Waits until a call runs into one of the faults. */
  async faultHit(): Promise<void> {
    await waitFor(
      "call that meets the fault",
      async () => {
        const { faults } = await this.call<{ faults: { hits: number }[] }>("GET", "/_sim/faults");
        return faults.some(({ hits }) => hits > 0);
      },
      { timeout: TIMEOUT_MS, interval: 5 },
    );
  }

  /** The latest calls that were answered, one a line. */
  async latestCalls(count: number): Promise<string[]> {
    type Entry = { at: number; method: string; path: string; status: number };
    const { log } = await this.call<{ log: Entry[] }>("GET", "/_sim/calls");
    return log
      .slice(-count)
      .map(({ at, method, path, status }) => `${new Date(at).toISOString()} ${method} ${path} ${status}`);
  }

  /** Begins the list of calls anew. */
  async forgetCalls(): Promise<void> {
    await this.call("DELETE", "/_sim/calls");
  }

  /** Any call of the API. @throws when it is refused */
  async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      signal: AbortSignal.timeout(this.#timeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}
