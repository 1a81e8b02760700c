/**
 * Takes the measurements, inside a node's network namespace, so that the plugins are started directly; prints them as
 * JSON. `bun test/bench/main.ts` starts it there: `measure.ts EXECUTABLE PAIRS`.
 */
import { Lab } from "../../lab/lab.ts";
import type { CniResult } from "../../lab/plugin-input.ts";
import { Pod } from "../../lab/pod.ts";
import { type Contestant, call, goPlugins, skynet } from "./contestants.ts";
import { observed, registerAgent } from "./neutron-calls.ts";
import { Results } from "./results.ts";
import { runOnce, type Timed, timed } from "./timing.ts";

const WARM_UP_PAIRS = 5;
const COLD_RUNS = 10;
const AT_ONCE = 50;
const ROUNDS_AT_ONCE = 6;
const SHORT_RUNS = 40;
/** Milliseconds before each measurement: the kernel finishes removals after it has answered. */
const REST = 50;

interface Attached {
  readonly contestant: Contestant;
  readonly pod: Pod;
  readonly answer: CniResult;
}

const [executable = "", pairs = ""] = Bun.argv.slice(2);
const lab = Lab.attach();
const node = lab.node(1);
const ours = skynet(lab, node, executable, node.path("state"));
const go = goPlugins(node);

await registerAgent(node.hostname);
// A pod of each that stays: their bridges are there, as on every node but an empty one.
const residents = [
  await attach(ours, await newPod("resident0")),
  await attach(go, await newPod("resident1")),
];
await alternate(new Results(), WARM_UP_PAIRS);
const results = new Results();
await alternate(results, Number(pairs));
await withoutCaches(results);
await atOnce(results);
await shortVerbs(results);
for (const { value } of residents) await detach(value);
console.log(JSON.stringify(results.series));

/** One pod each, ADD by ADD and DEL by DEL, again and again; each time the other one begins. */
async function alternate(into: Results, count: number): Promise<void> {
  for (let run = 0; run < count; run++) {
    const attached: Attached[] = [];
    for (const contestant of inTurn(run)) {
      const pod = await newPod(`pod${attached.length}`);
      attached.push(await measured(into, "ADD", contestant.name, () => attach(contestant, pod)));
    }
    for (const one of attached) {
      await measured(into, "DEL", one.contestant.name, () => detach(one));
    }
  }
}

/** A node that knows nothing yet: no store, hence nothing of Neutron's extensions, networks and subnets. */
async function withoutCaches(into: Results): Promise<void> {
  for (let run = 0; run < COLD_RUNS; run++) {
    const fresh = skynet(lab, node, executable, node.path(`state-${run}`));
    const pod = await newPod("pod0");
    await detach(await measured(into, "ADD, nothing cached", fresh.name, () => attach(fresh, pod)));
  }
}

async function atOnce(into: Results): Promise<void> {
  for (let round = 0; round < ROUNDS_AT_ONCE; round++) {
    for (const contestant of inTurn(round)) {
      const { name } = contestant;
      const pods = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, position) => newPod(`pod${position}`)),
      );
      const attached = await measured(into, `${AT_ONCE} ADDs at once`, name, () =>
        timed(() => Promise.all(pods.map((pod) => attach(contestant, pod)))),
      );
      await measured(into, `${AT_ONCE} DELs at once`, name, () =>
        timed(() => Promise.all(attached.map(({ value }) => detach(value)))),
      );
    }
  }
}

/** What runtimes ask now and then; and, to know what measuring itself costs, a program that does nothing. */
async function shortVerbs(into: Results): Promise<void> {
  const asked = { ...ours, network: { ...ours.network, cniVersion: "1.1.0" } };
  for (let run = 0; run < SHORT_RUNS; run++) {
    await measured(into, "STATUS", ours.name, () => call(asked, "STATUS"));
    for (const contestant of inTurn(run)) {
      await measured(into, "VERSION", contestant.name, () => call(contestant, "VERSION"));
    }
    await measured(into, "nothing", "/bin/true", () => runOnce(["/bin/true"], {}, ""));
  }
}

async function measured<T>(
  into: Results,
  what: string,
  who: string,
  work: () => Promise<Timed<T>>,
): Promise<T> {
  await Bun.sleep(REST);
  const { result, calls } = await observed(work);
  into.record(what, who, result.ms, calls);
  return result.value;
}

async function attach(contestant: Contestant, pod: Pod): Promise<Timed<Attached>> {
  const { ms, value } = await call(contestant, "ADD", pod);
  return { ms, value: { contestant, pod, answer: value as CniResult } };
}

function detach({ contestant, pod, answer }: Attached): Promise<Timed<unknown>> {
  return call(contestant, "DEL", pod, answer);
}

function inTurn(run: number): Contestant[] {
  return run % 2 === 0 ? [ours, go] : [go, ours];
}

/**
 * A new pod, in a namespace that is made once: the kernel takes namespaces apart in the background, which would slow
 * whatever is measured meanwhile.
 */
function newPod(namespace: string): Promise<Pod> {
  return Pod.create(lab.layout, namespace);
}
