/** What a redirect costs the pods: traffic between two pods of a node, with a port made ahead and without. */
import type { Lab } from "../../lab/lab.ts";
import { checkout, inNamespace } from "../../lab/layout.ts";
import type { Pod } from "../../lab/pod.ts";
import type { Contestant } from "./contestants.ts";
import { type Attached, attach, detach, newPod, orderOf } from "./pods.ts";
import { summarize } from "./statistics.ts";

const ROUNDS = 10;
const STREAM_MS = 1_500;
const PING_MS = 500;
const PORT = 7000;
const TRAFFIC = `${checkout}/test/bench/traffic.ts`;

/** Between two pods, round by round. */
export interface DataPath {
  readonly who: string;
  /** Gigabits a second. */
  readonly throughput: number[];
  /** Medians of the microseconds of a round trip. */
  readonly roundTrip: number[];
}

interface Pair {
  readonly path: DataPath;
  readonly from: Pod;
  readonly address: string;
  readonly end: () => Promise<void>;
}

/** In turns, round by round. */
export async function measureDataPath(lab: Lab, all: readonly Contestant[]): Promise<DataPath[]> {
  const pairs: Pair[] = [];
  try {
    for (const [position, one] of all.entries()) pairs.push(await pairOf(lab, one, position));
    for (let round = 0; round < ROUNDS; round++) {
      for (const { path, from, address } of orderOf(pairs, round)) {
        path.throughput.push(await traffic(from, "stream", address, STREAM_MS));
        path.roundTrip.push(summarize(await traffic(from, "ping", address, PING_MS)).median);
      }
    }
  } finally {
    for (const { end } of pairs) await end();
  }
  return pairs.map(({ path }) => path);
}

/** Two pods, one of which serves. */
async function pairOf(lab: Lab, one: Contestant, position: number): Promise<Pair> {
  const [from, to] = [await newPod(lab, `from${position}`), await newPod(lab, `to${position}`)];
  const attached = [(await attach(one, from)).value, (await attach(one, to)).value] as const;
  const server = Bun.spawn(inNamespace(to.netns, [process.execPath, TRAFFIC, "serve", `${PORT}`]), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await server.stdout.getReader().read();
  return {
    path: { who: one.name, throughput: [], roundTrip: [] },
    from,
    address: addressOf(attached[1]),
    end: async () => {
      server.kill();
      await server.exited;
      for (const pod of attached) await detach(pod);
    },
  };
}

async function traffic(from: Pod, mode: "stream", address: string, ms: number): Promise<number>;
async function traffic(from: Pod, mode: "ping", address: string, ms: number): Promise<number[]>;
async function traffic(from: Pod, mode: string, address: string, ms: number): Promise<unknown> {
  return JSON.parse(await from.run([process.execPath, TRAFFIC, mode, address, `${PORT}`, `${ms}`]));
}

function addressOf({ answer }: Attached): string {
  const [first] = answer.ips as { address: string }[];
  if (first === undefined) throw new Error("a pod has no address");
  return first.address.replace(/\/.*/, "");
}
