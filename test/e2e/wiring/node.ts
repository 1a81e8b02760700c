/** Nodes and pods for wiring tests: network namespaces with names of this test process alone. */
import { rmSync } from "node:fs";
import { attempt, run } from "../../../lab/command.ts";
import { inNamespace, netnsPath } from "../../../lab/layout.ts";
import { addNamespace, ipBatch, removeNamespace } from "../../../lab/namespaces.ts";
import type { PodEndSettings } from "../../../src/wiring/pod-end.ts";
import type { PodEnd, PortFacts, WiringOptions } from "../../../src/wiring/wiring.ts";
import type { Step, StepResult } from "./step.ts";

const prefix = `sktw${process.pid}`;
const script = `${import.meta.dir}/step.ts`;

/** One address or link as `ip -json` tells it. */
export interface IpLink {
  readonly ifname: string;
  readonly mtu: number;
  readonly operstate: string;
  readonly address: string;
  readonly master?: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly {
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
  }[];
  readonly linkinfo?: { readonly info_data?: Record<string, unknown> };
  readonly stats64?: Record<"rx" | "tx", { readonly packets: number }>;
}

/** Everything made here, removed by {@link TestNetwork.dispose}. */
export class TestNetwork implements AsyncDisposable {
  private readonly namespaces: string[] = [];
  private readonly folders: string[] = [];

  async addNode(name: string, options: Omit<WiringOptions, "stateDir">): Promise<Node> {
    const stateDir = `/tmp/${prefix}-${name}`;
    this.folders.push(stateDir);
    return new Node(await this.addNamespace(name), { ...options, stateDir });
  }

  /** A pod's network namespace with nothing but its loopback. */
  async addPod(name: string): Promise<PodEnd> {
    return { netns: netnsPath(await this.addNamespace(name)), ifname: "eth0" };
  }

  /** Joins two namespaces by a cable: `ifname` is up at both ends. */
  async connect(one: Node, other: Node, ifname: string): Promise<void> {
    await ipBatch(one.namespace, [
      `link add ${ifname} type veth peer name ${ifname} netns ${other.namespace}`,
      `link set ${ifname} up`,
    ]);
    await ipBatch(other.namespace, [`link set ${ifname} up`]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.namespaces.reverse()) await removeNamespace(namespace);
    for (const folder of this.folders) rmSync(folder, { recursive: true, force: true });
  }

  private async addNamespace(name: string): Promise<string> {
    const namespace = `${prefix}-${name}`;
    this.namespaces.push(namespace);
    await addNamespace(namespace);
    return namespace;
  }
}

/** A step with the node's own options unless it brings others. */
type NodeStep = Omit<Step, "options"> & Partial<Pick<Step, "options">>;

export class Node {
  constructor(
    readonly namespace: string,
    readonly options: WiringOptions,
  ) {}

  /** Runs a step in a process of its own in the node's namespace. */
  async try(step: NodeStep): Promise<StepResult & { readonly killed: boolean }> {
    const argv = inNamespace(this.namespace, [process.execPath, script]);
    const output = await attempt(argv, { stdin: JSON.stringify({ options: this.options, ...step }) });
    if (output.signal === "SIGKILL" || output.exitCode === 137) return { killed: true };
    if (output.exitCode !== 0) throw new Error(`step ${step.action}: ${output.stderr}`);
    return { killed: false, ...JSON.parse(output.stdout) };
  }

  /** The same for a step that must succeed. */
  async do(step: NodeStep): Promise<unknown> {
    const { error, value } = await this.try(step);
    if (error) throw new Error(`${step.action}: ${error.name}: ${error.message}`);
    return value;
  }

  /** Runs `ip` commands in the node's namespace. */
  async ip(...lines: readonly string[]): Promise<void> {
    await ipBatch(this.namespace, lines);
  }

  async links(): Promise<IpLink[]> {
    return JSON.parse(
      await run(["ip", "-json", "-details", "-stats", "-n", this.namespace, "address", "show"]),
    );
  }

  async link(name: string): Promise<IpLink | undefined> {
    return (await this.links()).find((link) => link.ifname === name);
  }

  /** Names of the links, sorted. */
  async linkNames(): Promise<string[]> {
    return (await this.links()).map((link) => link.ifname).sort();
  }

  /**
   * Addresses and routes that are not the links' own, one a line, for comparing before and after.
   *
   * @param alias a link that is told by another's name
   */
  async network(alias?: { link: string; as: string }): Promise<string> {
    const addresses = (await this.links()).flatMap((link) =>
      link.addr_info
        .filter(({ scope }) => scope === "global")
        .map((a) => `${link.ifname} ${a.local}/${a.prefixlen}`),
    );
    const routes = await Promise.all(
      ["-4", "-6"].map((family) =>
        run(["ip", family, "-n", this.namespace, "route", "show", "table", "all"]),
      ),
    );
    const lines = routes
      .join("")
      .split("\n")
      .filter((line) => line !== "" && !/table local|fe80::|ff00::/.test(line));
    // Whether a link has a carrier yet is no part of its configuration.
    const all = [...addresses, ...lines.map((line) => line.replace(" linkdown", "").trim())];
    return all
      .map((line) => (alias ? line.replaceAll(alias.link, alias.as) : line))
      .sort()
      .join("\n");
  }
}

/** The pod's own `ip -json` view of its interface. */
export async function podLink(pod: PodEnd): Promise<IpLink | undefined> {
  const argv = ["nsenter", `--net=${pod.netns}`, "ip", "-json", "-stats", "address", "show"];
  return (JSON.parse(await run(argv)) as IpLink[]).find((link) => link.ifname === pod.ifname);
}

/** Whether one ping from a namespace is answered within `seconds`. */
export async function pings(
  netns: string,
  address: string,
  options: readonly string[] = [],
  seconds = 2,
): Promise<boolean> {
  const argv = ["nsenter", `--net=${netns}`, "ping", "-c", "1", "-W", String(seconds), ...options, address];
  return (await attempt(argv)).exitCode === 0;
}

const NETWORK = "e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b";

/** Names that the wiring gives to the devices of {@link port}s. */
export const BRIDGE = "brqe5e7478a-53";

/** A port with a number for an identity, on one network. */
export function port(number: number, facts: Partial<PortFacts> = {}): PortFacts {
  const hex = number.toString(16).padStart(8, "0");
  return {
    portId: `${hex}-53ec-4063-a4dc-f3ca3ba3e98b`,
    networkId: NETWORK,
    networkType: "flat",
    physicalNetwork: "physnet1",
    mac: `fa:16:3e:00:00:${number.toString(16).padStart(2, "0")}`,
    mtu: 1450,
    ...facts,
  };
}

export function tap(number: number): string {
  return `tap${number.toString(16).padStart(8, "0")}-53`;
}

/** The settings of a port's pod end: 10.9.0.`number` and fd09::`number`. */
export function settings(number: number, more: Partial<PodEndSettings> = {}): PodEndSettings {
  const { mac, mtu } = port(number);
  return { mac, mtu, addresses: [`10.9.0.${number}/24`, `fd09::${number}/64`], routes: [], ...more };
}
