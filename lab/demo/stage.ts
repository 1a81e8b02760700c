/** The nodes with a runtime on each, and the pods that have been attached. */
import type { Result } from "../../src/cni/result.ts";
import type { Lab } from "../lab.ts";
import { pluginConfig } from "../plugin-config.ts";
import type { Pod } from "../pod.ts";
import type { Runtime } from "../runtime.ts";
import type { Role } from "./cast.ts";
import { defaultGroupBeside } from "./neutron-api.ts";
import type { Detail } from "./report.ts";

/** A pod that is attached. */
export interface Player {
  readonly role: Role;
  readonly pod: Pod;
  readonly runtime: Runtime;
  /** With prefix length; nothing when it has none of that family. */
  readonly addresses: { readonly 4: string | undefined; readonly 6: string | undefined };
  /** Milliseconds that ADD took: the whole process, as the runtime sees it. */
  readonly added: number;
}

export class Stage {
  readonly lab: Lab;
  readonly players: Player[] = [];
  readonly #runtimes: readonly Runtime[];

  private constructor(lab: Lab, runtimes: readonly Runtime[]) {
    this.lab = lab;
    this.#runtimes = runtimes;
  }

  /** Configures the plugin on every node; pods that ask for no group are in the project's default group. */
  static async open(lab: Lab): Promise<Stage> {
    const group = await defaultGroupBeside(lab.url, lab.seeded.web);
    const changes = {
      neutron: { default_security_group_ids: group },
      // The simulator knows groups, and nothing beside it filters.
      plugin: { security_groups: "ignore" },
    };
    return new Stage(
      lab,
      lab.nodes.map((node) => node.runtime(pluginConfig(lab, node, changes))),
    );
  }

  /** Attaches pods: both nodes at once, and on a node one after another. */
  async attachAll(roles: readonly Role[], detail: Detail): Promise<void> {
    const attachOn = async (node: number) => {
      for (const role of roles.filter((role) => role.node === node)) {
        const { added } = await this.attach(role);
        detail(`${role.name} attached on node${node} in ${milliseconds(added)}`);
      }
    };
    await Promise.all(this.lab.nodes.map((_, index) => attachOn(index + 1)));
    this.players.sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
  }

  /** Makes a pod and attaches it. Undo: {@link detachAll}. @throws PluginFailure */
  async attach(role: Role): Promise<Player> {
    const pod = await this.lab.node(role.node).addPod(role.name, { annotations: role.annotations });
    const runtime = this.#runtimes[role.node - 1] as Runtime;
    const began = performance.now();
    const { ips } = (await runtime.add(pod)) as unknown as Result;
    const added = performance.now() - began;
    const address = (six: boolean) => ips.find(({ address }) => address.includes(":") === six)?.address;
    const player = { role, pod, runtime, addresses: { 4: address(false), 6: address(true) }, added };
    this.players.push(player);
    return player;
  }

  /** The pod of this name. */
  player(name: string): Player {
    const found = this.players.find(({ role }) => role.name === name);
    if (!found) throw new Error(`no pod ${name} is attached`);
    return found;
  }

  /** A pod's address without prefix length. */
  address(name: string, family: 4 | 6): string {
    const [address] = this.player(name).addresses[family]?.split("/") ?? [];
    if (!address) throw new Error(`pod ${name} has no IPv${family} address`);
    return address;
  }

  /** Lets the plugin CHECK every pod. @throws PluginFailure */
  async checkAll(): Promise<void> {
    await Promise.all(this.players.map(({ pod, runtime }) => runtime.check(pod)));
  }

  /** Detaches every pod, and removes its namespace as a runtime does. @throws PluginFailure */
  async detachAll(detail: Detail): Promise<void> {
    const detachOn = async (node: number) => {
      for (const { pod, runtime, role } of this.players.filter(({ role }) => role.node === node)) {
        const began = performance.now();
        await runtime.del(pod);
        await pod.remove();
        detail(`${role.name} removed from node${node} in ${milliseconds(performance.now() - began)}`);
      }
    };
    await Promise.all(this.lab.nodes.map((_, index) => detachOn(index + 1)));
  }
}

/** A duration for people. */
export function milliseconds(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(0)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
