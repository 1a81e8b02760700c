/**
 * Takes the measurements and prints them as JSON. `bun test/bench/main.ts` starts it where Neutron answers:
 * `measure.ts EXECUTABLE ROUNDS`.
 */
import { Lab } from "../../lab/lab.ts";
import { hasOpenVswitch } from "../../lab/node-kinds.ts";
import { startTaggingAgent } from "../../lab/openvswitch/tagging-agent.ts";
import type { CniResult } from "../../lab/plugin-input.ts";
import { Pod } from "../../lab/pod.ts";
import { type Contestant, call, contestants, withState } from "./contestants.ts";
import { observed, registerAgent } from "./neutron-calls.ts";
import { type Program, Results } from "./results.ts";
import { runOnce, type Timed, timed } from "./timing.ts";

const WARM_UP_ROUNDS = 5;
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

const [executable = "", rounds = ""] = Bun.argv.slice(2);
const lab = Lab.attach();
const all = contestants(lab, executable);
const [linuxbridge] = all;
const isSkynet = (contestant: Contestant) => contestant.executable === executable;

const stopAgents = await startAgents();
// A pod of each that stays: its bridge is there, as on every node but an empty one.
const residents = await Promise.all(
  all.map(async (one, position) => attach(one, await newPod(`resident${position}`))),
);
await inTurns(new Results(), WARM_UP_ROUNDS);
const results = new Results();
await inTurns(results, Number(rounds));
await withoutCaches(results);
await atOnce(results);
await shortVerbs(results);
for (const { value } of residents) await detach(value);
for (const stop of stopAgents) await stop();
console.log(JSON.stringify(results.series));

/** Neutron's agents, as far as they can be seen: in the API, and on nodes with Open vSwitch by their tags. */
async function startAgents(): Promise<(() => Promise<void>)[]> {
  const stops: (() => Promise<void>)[] = [];
  for (const { node, network } of all) {
    const { neutron_agent: agent } = (network.plugin ?? {}) as { neutron_agent?: string };
    if (agent !== "required") continue;
    const isSwitched = hasOpenVswitch(node.kind);
    await registerAgent(node.hostname, isSwitched ? "Open vSwitch agent" : "Linux bridge agent");
    if (isSwitched) stops.push(await startTaggingAgent(node.openvswitch.connection));
  }
  return stops;
}

/** One pod each, ADD by ADD and DEL by DEL, again and again. */
async function inTurns(into: Results, count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    const attached: Attached[] = [];
    for (const contestant of orderOf(round)) {
      const pod = await newPod(`pod${attached.length}`);
      attached.push(await measured(into, "ADD", contestant, () => attach(contestant, pod)));
    }
    for (const one of attached) {
      await measured(into, "DEL", one.contestant, () => detach(one));
    }
  }
}

async function withoutCaches(into: Results): Promise<void> {
  for (let run = 0; run < COLD_RUNS; run++) {
    const fresh = withState(linuxbridge, linuxbridge.node.path(`state-${run}`));
    const pod = await newPod("pod0");
    await detach(await measured(into, "ADD, nothing cached", fresh, () => attach(fresh, pod)));
  }
}

async function atOnce(into: Results): Promise<void> {
  for (let round = 0; round < ROUNDS_AT_ONCE; round++) {
    for (const contestant of orderOf(round)) {
      const pods = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, position) => newPod(`pod${position}`)),
      );
      const attached = await measured(into, `${AT_ONCE} ADDs at once`, contestant, () =>
        timed(() => Promise.all(pods.map((pod) => attach(contestant, pod)))),
      );
      await measured(into, `${AT_ONCE} DELs at once`, contestant, () =>
        timed(() => Promise.all(attached.map(({ value }) => detach(value)))),
      );
    }
  }
}

/** What runtimes ask now and then; and, to know what measuring itself costs, a program that does nothing. */
async function shortVerbs(into: Results): Promise<void> {
  const bridge = all.find(({ name }) => name === linuxbridge.beside);
  const started = [{ ...linuxbridge, name: "skynet" }, ...(bridge ? [bridge] : [])];
  const { namespace } = linuxbridge.node;
  for (let run = 0; run < SHORT_RUNS; run++) {
    for (const contestant of all.filter(isSkynet)) {
      const asked = { ...contestant, network: { ...contestant.network, cniVersion: "1.1.0" } };
      await measured(into, "STATUS", contestant, () => call(asked, "STATUS"));
    }
    for (const contestant of run % 2 === 0 ? started : started.toReversed()) {
      await measured(into, "VERSION", contestant, () => call(contestant, "VERSION"));
    }
    const nothing = { name: "/bin/true" };
    await measured(into, "nothing", nothing, () =>
      runOnce([nothing.name], { namespace, environment: {}, input: "" }),
    );
  }
}

async function measured<T>(
  into: Results,
  what: string,
  who: Program,
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

/** Each begins as often as the others, and comes as often before each of the others as after it. */
function orderOf(round: number): Contestant[] {
  const first = round % all.length;
  const order = [...all.slice(first), ...all.slice(0, first)];
  return Math.floor(round / all.length) % 2 === 0 ? order : order.toReversed();
}

/**
 * A new pod, in a namespace that is made once: the kernel takes namespaces apart in the background, which would slow
 * whatever is measured meanwhile.
 */
function newPod(namespace: string): Promise<Pod> {
  return Pod.create(lab.layout, namespace);
}
