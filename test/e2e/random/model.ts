/** What the runtime believes: which sandboxes are attached, and which are to be removed. */
import { existsSync } from "node:fs";
import type { Lab } from "../../../lab/lab.ts";
import { Pod } from "../../../lab/pod.ts";
import type { Call, Sandbox, Step } from "./step.ts";

/**
 * - new: nothing was done for it yet
 * - attached: its last ADD succeeded, and nothing was begun to remove it
 * - leaving: an ADD failed or was killed, or its removal was begun and has not succeeded
 * - gone: removed
 */
export type Belief = "new" | "attached" | "leaving" | "gone";

/** The part of a CNI result that is looked at. */
export interface AddResult {
  readonly ips: readonly { readonly address: string; readonly gateway?: string }[];
  readonly interfaces: readonly { readonly name: string; readonly sandbox?: string }[];
}

export class Tracked {
  readonly sandbox: Sandbox;
  belief: Belief = "new";
  /** Of the ADD that succeeded last; as libcni, it is kept until a DEL succeeds. */
  result: AddResult | undefined;
  #pod: Promise<Pod> | undefined;
  #removal: Promise<void> | undefined;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  /** Its namespace exists when it is first asked for, and until {@link removeNetns}. */
  async pod(lab: Lab): Promise<Pod> {
    const { id, uid, containerId, annotations } = this.sandbox;
    this.#pod ??= Pod.create(lab.layout, id, { uid, containerId, annotations });
    return this.#pod;
  }

  /** With a namespace, made anew if it was removed: an ADD needs one. */
  async podWithNetns(lab: Lab): Promise<Pod> {
    await this.#removal;
    const pod = await this.pod(lab);
    if (!existsSync(pod.netnsPath)) this.#pod = undefined;
    return this.pod(lab);
  }

  /** Once, whoever asks for it at the same time. */
  async removeNetns(): Promise<void> {
    this.#removal ??= this.#pod
      ?.then((pod) => pod.remove())
      .finally(() => {
        this.#removal = undefined;
      });
    await this.#removal;
  }

  /** IP addresses without prefix length, sorted. */
  get addresses(): string[] {
    return (this.result?.ips ?? []).map(({ address }) => address.split("/")[0] ?? "").sort();
  }

  get hostEnd(): string | undefined {
    return this.result?.interfaces.find(({ sandbox }) => sandbox === undefined)?.name;
  }
}

export class Model {
  readonly #tracked = new Map<string, Tracked>();
  /** ADDs of each sandbox that are planned and not over. */
  readonly #addsAhead = new Map<string, number>();

  /** Tells what is coming: no GC may take a sandbox for a stray one whose ADD is about to begin. */
  expect(steps: readonly Step[]): void {
    for (const call of steps.flatMap(({ calls }) => calls)) this.#countAhead(call, 1);
  }

  finished(call: Call): void {
    this.#countAhead(call, -1);
  }

  of(sandbox: Sandbox): Tracked {
    const tracked = this.#tracked.get(sandbox.id) ?? new Tracked(sandbox);
    this.#tracked.set(sandbox.id, tracked);
    return tracked;
  }

  all(belief?: Belief): Tracked[] {
    const all = [...this.#tracked.values()];
    return belief === undefined ? all : all.filter((tracked) => tracked.belief === belief);
  }

  /** What a runtime hands to GC. */
  valid(node: number): Tracked[] {
    return this.all().filter(
      ({ sandbox, belief }) =>
        sandbox.node === node && (belief === "attached" || (this.#addsAhead.get(sandbox.id) ?? 0) > 0),
    );
  }

  /** Forgets sandboxes that are gone, and proven to be. */
  forgetGone(): void {
    for (const { sandbox } of this.all("gone")) this.#tracked.delete(sandbox.id);
  }

  #countAhead(call: Call, difference: number): void {
    if (call.verb !== "ADD" || call.sandbox === undefined) return;
    this.of(call.sandbox);
    const { id } = call.sandbox;
    this.#addsAhead.set(id, (this.#addsAhead.get(id) ?? 0) + difference);
  }
}
