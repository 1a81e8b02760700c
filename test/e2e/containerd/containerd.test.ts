/**
 * Real containers on two nodes, real Neutron and its linuxbridge agents: what a user of Kubernetes gets.
 * Run by `bun lab/main.ts run --backend neutron -- bun test ./test/e2e/containerd`. Needs root and `dist/skynet`.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { CriError } from "../../../lab/containerd/cri.ts";
import type { ExecResult } from "../../../lab/containerd/messages.ts";
import { Pod, type PodOptions } from "../../../lab/containerd/pod.ts";
import { waitFor } from "../../../lab/wait.ts";
import { Cluster, type PortFacts } from "./cluster.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
}, 120_000);

// Also of tests that failed: no test sees the pods of another.
afterEach(() => cluster.removePods(), 120_000);

afterAll(async () => {
  await cluster?.stop();
}, 120_000);

describe("a pod's port is what its annotations ask for", () => {
  const ip = "10.50.0.230";

  test("address, MAC, MTU and security group are the same in Neutron, in containerd and in the container", async () => {
    const { flat1, web } = cluster.lab.seeded;
    const annotations = {
      "skynet/network_id": flat1.id,
      "skynet/ip": ip,
      "skynet/security_group_ids": web,
    };
    const pod = await Pod.run(cluster.node(1), { name: "asking", namespace: "shop", annotations });
    const port = await onlyPort(pod);
    expect(port).toMatchObject({
      name: "shop_asking",
      status: "ACTIVE",
      network_id: flat1.id,
      security_groups: [web],
      "binding:host_id": "node1",
    });
    expect(addressesOf(port)).toContain(ip);

    const { network } = await pod.node.cri.podSandboxStatus(pod.id);
    expect(network?.ip).toBe(ip);
    expect([ip, ...(network?.additionalIps ?? []).map((additional) => additional.ip)].sort()).toEqual(
      addressesOf(port),
    );

    const link = await interfaceOf(pod);
    expect(link).toEqual({
      mac: port.mac_address,
      mtu: await cluster.mtu(flat1.id),
      addresses: addressesOf(port).map((address) => `${address}/${address.includes(":") ? 64 : 24}`),
    });
  }, 60_000);

  test("a value that cannot be is refused in our words, and nothing is left", async () => {
    const node = cluster.node(1);
    const run = Pod.run(node, { name: "wrong", annotations: { "skynet/ip": "10.50.0.300" } });
    expect(await refusalOf(run)).toContain('annotation skynet/ip of pod default/wrong is "10.50.0.300"');
    expect(await cluster.remains()).toEqual([]);
  }, 60_000);

  test("a network that does not exist is refused by its id, and nothing is left", async () => {
    const missing = crypto.randomUUID();
    const run = Pod.run(cluster.node(2), { name: "lost", annotations: { "skynet/network_id": missing } });
    expect(await refusalOf(run)).toContain(missing);
    expect(await cluster.remains()).toEqual([]);
  }, 60_000);
});

describe.each(["flat1", "vx1"] as const)("on network %s", (name) => {
  test("containers on two nodes ping each other over IPv4 and IPv6", async () => {
    const annotations = { "skynet/network_id": cluster.lab.seeded[name].id };
    const [one, two] = await runOnBoth({ name: "peer", annotations });
    for (const [from, to] of [
      [one, two],
      [two, one],
    ] as const) {
      const addresses = addressesOf(await onlyPort(to));
      expect(addresses.map((address) => address.includes(":"))).toEqual([false, true]);
      for (const address of addresses) await reach(`ping of ${address}`, () => from.exec(ping(address)));
    }
  }, 120_000);
});

test("a security group passes TCP port 80 and blocks 81, from the same node and from another", async () => {
  const annotations = {
    "skynet/network_id": cluster.lab.seeded.vx1.id,
    "skynet/security_group_ids": cluster.lab.seeded.web,
  };
  const serve = "echo hello >/www/index.html; httpd -p 80 -h /www; httpd -p 81 -h /www; exec sleep infinity";
  const command = ["/bin/sh", "-c", serve];
  const [server, clients] = await Promise.all([
    Pod.run(cluster.node(1), { name: "server", annotations, command }),
    runOnBoth({ name: "client", annotations }),
  ]);
  const address = await server.address();
  await reach("web server on port 81", () => server.exec(get("127.0.0.1", 81)));
  for (const client of clients) {
    const passed = await client.exec(get(address, 80));
    expect(passed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(passed.stdout).toEndWith("hello\n");
    // A dropped packet is not answered: "timed out", where an open host would say "refused".
    const blocked = await client.exec(get(address, 81));
    expect(blocked.exitCode).not.toBe(0);
    expect(blocked.stderr).toContain("timed out");
  }
}, 120_000);

test("stopping twice and removing leave nothing", async () => {
  const pod = await Pod.run(cluster.node(1), { name: "short-lived" });
  const { cri } = pod.node;
  expect(await cluster.ports(pod.id)).toHaveLength(1);
  await cri.stopPodSandbox(pod.id);
  expect(await cluster.ports(pod.id)).toEqual([]);
  expect(await cri.podSandboxStatus(pod.id)).toMatchObject({
    state: "SANDBOX_NOTREADY",
    network: { ip: "" },
  });
  await cri.stopPodSandbox(pod.id);
  await cri.removePodSandbox(pod.id);
  expect(await cluster.remains()).toEqual([]);
}, 60_000);

test("eight pods at once all get a port of their own, and leave nothing", async () => {
  const names = ["a", "b", "c", "d"];
  const pods = await Promise.all(
    cluster.nodes.flatMap((node) =>
      names.map((name) => Pod.run(node, { name: `crowd-${name}-${node.hostname}` })),
    ),
  );
  const addresses = await Promise.all(pods.map((pod) => pod.address()));
  expect(new Set(addresses).size).toBe(pods.length);
  await Promise.all(pods.map((pod) => pod.remove()));
  expect(await cluster.remains()).toEqual([]);
}, 240_000);

test("pods outlive a crash of containerd, and can be removed cleanly after it", async () => {
  const annotations = { "skynet/security_group_ids": cluster.lab.seeded.web };
  const [survivor, peer] = await runOnBoth({ name: "survivor", annotations });
  const node = cluster.node(1);
  const address = await survivor.address();
  await node.crashContainerd();
  expect(await peer.exec(ping(address))).toMatchObject({ exitCode: 0 });
  await node.startContainerd();
  expect(await node.cri.listPodSandboxes()).toMatchObject([{ id: survivor.id, state: "SANDBOX_READY" }]);
  expect(await survivor.exec(ping(await peer.address()))).toMatchObject({ exitCode: 0 });
  await Promise.all([survivor.remove(), peer.remove()]);
  expect(await cluster.remains()).toEqual([]);
}, 120_000);

/** The same pod on nodes 1 and 2, its name completed by the node's. */
function runOnBoth(options: PodOptions): Promise<[Pod, Pod]> {
  const run = (index: number) => {
    const node = cluster.node(index);
    return Pod.run(node, { ...options, name: `${options.name}-${node.hostname}` });
  };
  return Promise.all([run(1), run(2)]);
}

async function onlyPort(pod: Pod): Promise<PortFacts> {
  const ports = await cluster.ports(pod.id);
  expect(ports).toHaveLength(1);
  return ports[0] as PortFacts;
}

/** Sorted, so IPv4 first. */
function addressesOf(port: PortFacts): string[] {
  return port.fixed_ips.map(({ ip_address }) => ip_address).sort();
}

/** What `ip` in the container says about its interface; link-local addresses are left out. */
async function interfaceOf(pod: Pod): Promise<{ mac?: string; mtu: number; addresses: string[] }> {
  const { stdout } = await pod.exec(["ip", "addr", "show", "dev", "eth0"]);
  const [, mac] = /link\/ether (\S+)/.exec(stdout) ?? [];
  const addresses = [...stdout.matchAll(/inet6? (\S+) .*scope global/g)].map(([, address]) => address ?? "");
  const mtu = Number(/mtu (\d+)/.exec(stdout)?.[1]);
  return { ...(mac === undefined ? {} : { mac }), mtu, addresses: addresses.sort() };
}

function ping(address: string): string[] {
  return ["ping", "-c", "1", "-W", "2", address];
}

/** Busybox's wget wants libraries that a static image has not; nc does as well. */
function get(address: string, port: number): string[] {
  return ["sh", "-c", `printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 3 ${address} ${port}`];
}

/** A new member of a security group is known to the other nodes' agents after a moment: waits until it works. */
async function reach(what: string, attempt: () => Promise<ExecResult>): Promise<void> {
  await waitFor(what, async () => (await attempt()).exitCode === 0, { timeout: 20_000 });
}

/** What the runtime says when it refuses a pod. */
async function refusalOf(run: Promise<Pod>): Promise<string> {
  const error: unknown = await run.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CriError);
  return (error as CriError).details;
}
