import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { attempt, run } from "../../../lab/command.ts";
import { inNamespace, netnsPath } from "../../../lab/layout.ts";
import { type Node, pings, TestNetwork } from "./node.ts";

setDefaultTimeout(120_000);

const OWN = ["10.9.0.100", "fd09::100"] as const;
/** Of the neighbour: IPv4 and IPv6 with the same last number. */
const PODS = ["1", "2", "3"].map((number) => [`10.9.0.${number}`, `fd09::${number}`] as const);

let network: TestNetwork;
let node: Node;
let neighbour: Node;

beforeAll(async () => {
  network = new TestNetwork();
  const options = { neutronAgent: "none", physicalNetworks: {} } as const;
  node = await network.addNode("ct-node", options);
  neighbour = await network.addNode("ct-neighbour", options);
  await network.connect(node, neighbour, "eth1");
  await node.ip(...addresses([OWN]));
  await neighbour.ip(...addresses(PODS));
});

afterAll(() => network[Symbol.asyncDispose]());

function addresses(pairs: readonly (readonly [string, string])[]): string[] {
  return pairs.flatMap(([ip4, ip6]) => [
    `address add ${ip4}/24 dev eth1`,
    `address add ${ip6}/64 dev eth1 nodad`,
  ]);
}

/** Nothing is tracked before a rule asks for it. One neighbour's connections are in a zone, where the kernel has zones. */
async function track(): Promise<void> {
  for (const [command, pod] of [
    ["iptables", PODS[1]?.[0]],
    ["ip6tables", PODS[1]?.[1]],
  ] as const) {
    const rule = ["-m", "conntrack", "--ctstate", "NEW,ESTABLISHED", "-j", "ACCEPT"];
    await run(inNamespace(node.namespace, [command, "-A", "INPUT", ...rule]));
    const zone = ["-t", "raw", "-A", "PREROUTING", "-s", pod ?? "", "-j", "CT", "--zone", "7"];
    await attempt(inNamespace(node.namespace, [command, ...zone]));
  }
}

async function fill(): Promise<void> {
  for (const [ip4, ip6] of PODS) {
    // The one is opened by the neighbour, the other by the node.
    expect(await pings(netnsPath(neighbour.namespace), OWN[0], ["-I", ip4])).toBe(true);
    expect(await pings(netnsPath(node.namespace), ip4)).toBe(true);
    expect(await pings(netnsPath(neighbour.namespace), OWN[1], ["-I", ip6])).toBe(true);
    expect(await pings(netnsPath(node.namespace), ip6)).toBe(true);
  }
}

/** How many connections the kernel tracks of a neighbour's address. */
async function tracked(address: string): Promise<number> {
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const argv = ["conntrack", "-L", "-f", family, "-o", "extended"];
  const { stdout } = await attempt(inNamespace(node.namespace, argv));
  const isOf = (line: string) => [`src=${address} `, `dst=${address} `].some((text) => line.includes(text));
  return stdout.split("\n").filter(isOf).length;
}

const flush = (...those: readonly string[]) => node.do({ action: "flushConntrack", addresses: those });

test("a node that tracks nothing has nothing to forget", async () => {
  expect(await flush(...(PODS[0] ?? []))).toBe(0);
});

test("all connections of the addresses are forgotten, by whomever they were opened and in any zone, and no others", async () => {
  await track();
  await fill();
  const [[one4, one6], [two4, two6], [three4, three6]] = PODS as [Pair, Pair, Pair];
  for (const address of PODS.flat()) expect(await tracked(address)).toBe(2);
  expect(await flush(one4, two4)).toBe(4);
  expect(await flush(one6, two6)).toBe(4);
  for (const address of [one4, two4, one6, two6]) expect(await tracked(address)).toBe(0);
  for (const address of [three4, three6]) expect(await tracked(address)).toBe(2);
  expect(await flush(one4, two4, one6, two6)).toBe(0);
});

type Pair = readonly [string, string];
