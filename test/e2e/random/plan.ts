/** What is going to happen, decided from the seed alone before anything does: outcomes change nothing in it. */
import type { Random } from "./random.ts";
import { type Call, chooseKill, type Memory, type Sandbox, type Step } from "./step.ts";
import { chooseTrouble, type Trouble } from "./trouble.ts";

/** A pod as far as the plan knows: what its sandbox would be if nothing went wrong. */
interface PlannedPod {
  readonly name: string;
  readonly node: 1 | 2;
  readonly annotations: Record<string, string>;
  uid: string;
  sandbox?: Sandbox;
  attached: boolean;
  /** Sandboxes before this one whose DEL comes next. */
  readonly old: Sandbox[];
  busyUntil: number;
}

type Move = (pod: PlannedPod) => Omit<Step, "number" | "pod">;

/** Steps for which a pod rests after one of its own, so that steps of others run beside it. */
const REST = 6;
/** Addresses outside of the allocation pool, for pods that ask for one. */
const FIXED_ADDRESSES = ["10.50.0.201", "10.50.0.202", "10.50.0.203", "10.50.0.204"];

export class Planner {
  readonly #random: Random;
  readonly #pods: PlannedPod[];
  #steps = 0;
  #sandboxes = 0;
  #troubleEnds = 0;

  constructor(random: Random, podsPerNode: number) {
    this.#random = random;
    this.#pods = Array.from({ length: podsPerNode * 2 }, (_, index) => {
      const address = FIXED_ADDRESSES[index];
      return {
        name: `pod-${index}`,
        node: index % 2 === 0 ? 1 : 2,
        annotations: address === undefined ? {} : { "skynet/ip": address },
        uid: this.#uid(),
        attached: false,
        old: [],
        busyUntil: 0,
      };
    });
  }

  /** The next steps, of about `calls` calls. A round ends without trouble. */
  round(calls: number): Step[] {
    const steps: Step[] = [];
    for (let made = 0; made < calls; ) {
      const step = this.#step();
      made += step.calls.length;
      steps.push(step);
    }
    this.#troubleEnds = 0;
    return [...steps, { number: this.#steps++, calls: [], trouble: "over" }];
  }

  #step(): Step {
    const number = this.#steps++;
    const trouble = this.#trouble(number);
    const common = { number, ...(trouble === undefined ? {} : { trouble }) };
    if (this.#random.chance(0.07)) return { ...common, calls: [this.#nodeCall()] };
    const pod = this.#random.pick(this.#pods.filter(({ busyUntil }) => busyUntil <= number));
    pod.busyUntil = number + REST;
    return { ...common, pod: pod.name, ...this.#move(pod)(pod) };
  }

  #trouble(number: number): Trouble | "over" | undefined {
    if (this.#troubleEnds > 0) {
      if (number < this.#troubleEnds) return undefined;
      this.#troubleEnds = 0;
      return "over";
    }
    if (!this.#random.chance(0.12)) return undefined;
    this.#troubleEnds = number + this.#random.int(2, 8);
    return chooseTrouble(this.#random);
  }

  #nodeCall(): Call {
    const node = this.#random.pick([1, 2] as const);
    const verb = this.#random.weighted([
      [3, "GC" as const],
      [1, "STATUS" as const],
    ]);
    return { verb, node, ...(verb === "GC" ? chooseKill(this.#random, 0.2) : {}) };
  }

  #move(pod: PlannedPod): Move {
    if (pod.old.length > 0) return this.#removeOld;
    if (!pod.attached) {
      return this.#random.weighted([
        [60, this.#add],
        [12, this.#addOvertakenByDel],
        [8, this.#addTwiceAtOnce],
        [pod.sandbox ? 12 : 0, this.#delAgain],
        [pod.sandbox ? 8 : 0, this.#retryAdd],
      ]);
    }
    return this.#random.weighted([
      [24, this.#check],
      [45, this.#del],
      [8, this.#delTwiceAtOnce],
      [6, this.#addAgain],
      [12, this.#recreate],
      [5, this.#recreateWhileRemoving],
    ]);
  }

  readonly #add: Move = (pod) => {
    const givesUp = sandboxesOf(pod);
    const call = {
      verb: "ADD",
      node: pod.node,
      sandbox: this.#newSandbox(pod),
      ...chooseKill(this.#random, 0.25),
    } as const;
    pod.attached = call.kill === undefined;
    return { givesUp, calls: [call] };
  };

  /** The same sandbox once more, after whatever became of its last ADD or DEL. */
  readonly #retryAdd: Move = (pod) => {
    pod.attached = true;
    return { calls: [{ verb: "ADD", node: pod.node, sandbox: sandboxOf(pod) }] };
  };

  /** As kubelet does when its patience ends: the DEL comes while the ADD is at work, killed or not. */
  readonly #addOvertakenByDel: Move = (pod) => {
    const given = sandboxesOf(pod);
    const sandbox = this.#newSandbox(pod);
    const add = { verb: "ADD", node: pod.node, sandbox, ...chooseKill(this.#random, 0.5) } as const;
    const afterMs = this.#random.int(5, 200);
    return { givesUp: [...given, sandbox], calls: [add, { ...this.#delOf(pod, sandbox), afterMs }] };
  };

  readonly #addTwiceAtOnce: Move = (pod) => {
    const givesUp = sandboxesOf(pod);
    const add = { verb: "ADD", node: pod.node, sandbox: this.#newSandbox(pod) } as const;
    pod.attached = true;
    return { givesUp, calls: [add, { ...add, afterMs: this.#random.int(0, 60) }] };
  };

  readonly #addAgain: Move = (pod) => ({
    calls: [{ verb: "ADD", node: pod.node, sandbox: sandboxOf(pod), ...chooseKill(this.#random, 0.2) }],
  });

  readonly #check: Move = (pod) => ({ calls: [{ verb: "CHECK", node: pod.node, sandbox: sandboxOf(pod) }] });

  readonly #del: Move = (pod) => {
    pod.attached = false;
    const sandbox = sandboxOf(pod);
    const call = { ...this.#delOf(pod, sandbox), ...chooseKill(this.#random, 0.3) };
    if (this.#random.chance(0.5)) pod.uid = this.#uid();
    return { givesUp: [sandbox], calls: [call] };
  };

  readonly #delAgain: Move = (pod) => {
    const sandbox = sandboxOf(pod);
    return { givesUp: [sandbox], calls: [this.#delOf(pod, sandbox)] };
  };

  readonly #delTwiceAtOnce: Move = (pod) => {
    pod.attached = false;
    const sandbox = sandboxOf(pod);
    const second = { ...this.#delOf(pod, sandbox), afterMs: this.#random.int(0, 60) };
    return {
      givesUp: [sandbox],
      calls: [{ ...this.#delOf(pod, sandbox), ...chooseKill(this.#random, 0.4) }, second],
    };
  };

  /** A new sandbox for the same pod; the old one's DEL comes late. */
  readonly #recreate: Move = (pod) => {
    const old = sandboxOf(pod);
    pod.old.push(old);
    return { givesUp: [old], calls: [{ verb: "ADD", node: pod.node, sandbox: this.#newSandbox(pod) }] };
  };

  readonly #recreateWhileRemoving: Move = (pod) => {
    const old = sandboxOf(pod);
    const add = { verb: "ADD", node: pod.node, sandbox: this.#newSandbox(pod) } as const;
    return { givesUp: [old], calls: [{ ...this.#delOf(pod, old), ...chooseKill(this.#random, 0.2) }, add] };
  };

  readonly #removeOld: Move = (pod) => {
    const old = pod.old.shift() as Sandbox;
    return { givesUp: [old], calls: [{ ...this.#delOf(pod, old), ...chooseKill(this.#random, 0.2) }] };
  };

  #delOf(pod: PlannedPod, sandbox: Sandbox): Call {
    const memory = this.#random.weighted<Memory>([
      [6, "all"],
      [2, "no result"],
      [2, "nothing"],
    ]);
    return { verb: "DEL", node: pod.node, sandbox, memory, netnsGone: this.#random.chance(0.2) };
  }

  #newSandbox(pod: PlannedPod): Sandbox {
    const { name: podName, node, uid, annotations } = pod;
    const id = `s${this.#sandboxes++}`;
    pod.sandbox = { id, node, podName, uid, annotations, containerId: this.#random.hex(64) };
    return pod.sandbox;
  }

  #uid(): string {
    return [8, 4, 4, 4, 12].map((length) => this.#random.hex(length)).join("-");
  }
}

/** The pod's sandbox so far, which another one takes the place of. */
function sandboxesOf({ sandbox }: PlannedPod): Sandbox[] {
  return sandbox === undefined ? [] : [sandbox];
}

function sandboxOf(pod: PlannedPod): Sandbox {
  if (pod.sandbox === undefined) throw new Error(`${pod.name} has had no sandbox yet`);
  return pod.sandbox;
}
