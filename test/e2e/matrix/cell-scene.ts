/** The pods of one cell, which all its checks share: attaching them is what takes time on a real Neutron. */
import { Lab } from "../../../lab/lab.ts";
import type { Node } from "../../../lab/node.ts";
import type { Pod } from "../../../lab/pod.ts";
import type { Runtime } from "../../../lab/runtime.ts";
import type { Result } from "../../../src/cni/result.ts";
import type { Scene } from "../neutron/scene.ts";
import type { Cell } from "./cells.ts";
import { otherNetwork } from "./other-network.ts";
import { configOf, networkOf, nodesOf, openScene, type Place, startSwitches } from "./places.ts";
import { Remains } from "./remains.ts";

/** An attached pod and where it is. */
export interface Member {
  readonly pod: Pod;
  readonly runtime: Runtime;
  readonly node: Node;
  /** Index of its node, from 1. */
  readonly index: number;
  /** Addresses without prefix length. */
  readonly ip4: string;
  readonly ip6: string;
  readonly result: Result;
}

/** A pod that is to be attached. */
interface Wish {
  readonly name: string;
  readonly index: number;
  readonly networkId: string;
  /** Any source address, and any stranger: no port security. */
  readonly open: boolean;
}

export class CellScene {
  private constructor(
    readonly cell: Cell,
    readonly lab: Lab,
    /** For what a check makes of its own; its pods are removed with the cell's. */
    readonly scene: Scene,
    readonly place: Place,
    /** Filtered by the group `web` where anybody filters: TCP 80 and pings may come in. */
    readonly a1: Member,
    /** On a1's node, open. */
    readonly a2: Member,
    /** On the other node, open. */
    readonly b: Member,
    /** On a1's node, in another network, open. */
    readonly stranger: Member,
    readonly before: Remains,
  ) {}

  /** Attaches the cell's pods, all at once. @throws PluginFailure; nothing is left then */
  static async open(cell: Cell): Promise<CellScene> {
    const lab = Lab.attach();
    const [first, second] = nodesOf(lab, cell);
    await startSwitches(lab, cell, [first, second]);
    const scene = await openScene(lab);
    try {
      const place = networkOf(lab, cell.network);
      const other = await otherNetwork(scene, cell, [first, second]);
      const prefix = `${cell.wiring.slice(0, 2)}-${cell.network}-${cell.partner}`;
      const networkId = place.seeded.id;
      const wishes: readonly Wish[] = [
        { name: `${prefix}-a1`, index: first, networkId, open: false },
        { name: `${prefix}-a2`, index: first, networkId, open: true },
        { name: `${prefix}-b`, index: second, networkId, open: true },
        { name: `${prefix}-s`, index: first, networkId: other, open: true },
      ];
      const prepared = await Promise.all(wishes.map((wish) => prepare(scene, cell, wish)));
      const before = await Remains.take(lab, cell, [first, second]);
      const members = await settleAll(prepared.map(attach));
      const [a1, a2, b, stranger] = members as [Member, Member, Member, Member];
      return new CellScene(cell, lab, scene, place, a1, a2, b, stranger, before);
    } catch (error) {
      await scene.close();
      throw error;
    }
  }

  get members(): readonly Member[] {
    return [this.a1, this.a2, this.b, this.stranger];
  }

  /** Removes whatever there still is of the cell. */
  async close(): Promise<void> {
    await this.scene.close();
  }
}

type Prepared = Pick<Member, "pod" | "runtime" | "node" | "index">;

async function prepare(scene: Scene, cell: Cell, wish: Wish): Promise<Prepared> {
  const { index, name, networkId, open } = wish;
  const annotations = {
    "skynet/network_id": networkId,
    ...(open ? { "skynet/port_security": "false" } : {}),
  };
  const config = configOf(scene.lab, cell, index);
  const { pod, runtime } = await scene.prepare({ node: index, name, annotations, config });
  return { pod, runtime, node: scene.lab.node(index), index };
}

async function attach(prepared: Prepared): Promise<Member> {
  const result = (await prepared.runtime.add(prepared.pod)) as unknown as Result;
  const address = (six: boolean) => {
    const found = result.ips.find((ip) => ip.address.includes(":") === six);
    return found?.address.split("/")[0] ?? "";
  };
  return { ...prepared, result, ip4: address(false), ip6: address(true) };
}

/** As Promise.all, but not before every one has ended: what still runs could not be cleaned up after. */
async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
