import { afterEach, beforeEach, expect, test } from "bun:test";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

test("flat: pods on two nodes reach each other and the gateway, by IPv4 and IPv6", async () => {
  const [a, b] = await Promise.all([scene.attach({ node: 1 }), scene.attach({ node: 2 })]);
  expect(await a.pod.ping(b.ip4)).toBe(2);
  expect(await b.pod.ping(a.ip6)).toBe(2);
  expect(await a.pod.ping("10.50.0.1")).toBe(2);
  expect(await b.pod.ping("fd50:0:0:1::1")).toBe(2);
});

test("vxlan: pods on two nodes reach each other with full-sized packets, by IPv4 and IPv6", async () => {
  const annotations = { "skynet/network_id": scene.lab.seeded.vx1.id };
  const [a, b] = await Promise.all([
    scene.attach({ node: 1, annotations }),
    scene.attach({ node: 2, annotations }),
  ]);
  expect(await a.pod.ping(b.ip4)).toBe(2);
  expect(await b.pod.ping(a.ip6)).toBe(2);
  // 1450 bytes of MTU: 20 of IPv4 and 8 of ICMP leave 1422; one more must not fit.
  const ping = (size: number) =>
    a.pod.attempt(["ping", "-n", "-c1", "-W2", "-M", "do", "-s", `${size}`, b.ip4]);
  expect((await ping(1422)).exitCode).toBe(0);
  expect((await ping(1423)).exitCode).not.toBe(0);
});

test("two pods on one node reach each other", async () => {
  const [a, b] = await Promise.all([scene.attach(), scene.attach()]);
  expect(await a.pod.ping(b.ip4)).toBe(2);
  expect(await b.pod.ping(a.ip6)).toBe(2);
});

test("the answer, the container and Neutron's port say the same", async () => {
  const { pod, result, runtime } = await scene.attach();
  const port = await scene.portOf(pod);
  expect(port).toMatchObject({
    name: `default_${pod.name}`,
    dns_name: `${pod.name}.default`,
    status: "ACTIVE",
    device_owner: "compute:node1",
    "binding:host_id": "node1",
    network_id: scene.lab.seeded.flat1.id,
  });
  expect(port?.tags.sort()).toEqual(
    ["skynet", "skynet-cluster=k8s", "skynet-network=pods", `skynet-uid=${pod.uid}`].sort(),
  );
  expect(result.interfaces).toEqual([
    { name: `tap${port?.id.slice(0, 11)}` },
    { name: "eth0", mac: port?.mac_address, sandbox: pod.netnsPath },
  ] as typeof result.interfaces);
  expect(result.ips.map(({ address }) => address.split("/")[0] ?? "").sort()).toEqual(
    (port?.fixed_ips ?? []).map(({ ip_address }) => ip_address).sort(),
  );
  expect(result.routes).toContainEqual({ dst: "10.99.0.0/16", gw: "10.50.0.2" });
  expect(result.routes).toContainEqual({ dst: "0.0.0.0/0", gw: "10.50.0.1" });
  expect(result.dns.nameservers).toEqual(["10.50.0.53"]);
  const addresses = await pod.run(["ip", "-o", "addr", "show", "dev", "eth0"]);
  for (const { address } of result.ips) expect(addresses).toContain(address);
  await runtime.check(pod);
});

test("CHECK names what is damaged in the container and on the host", async () => {
  const { pod, runtime, result } = await scene.attach();
  const hostEnd = result.interfaces[0]?.name ?? "";
  await pod.run(["ip", "route", "del", "default"]);
  await expect(runtime.check(pod)).rejects.toThrow("route to 0.0.0.0/0 via 10.50.0.1 is missing");
  await pod.run(["ip", "route", "add", "default", "via", "10.50.0.1"]);
  await runtime.check(pod);
  await scene.lab.node(1).run(["ip", "link", "set", hostEnd, "nomaster"]);
  await expect(runtime.check(pod)).rejects.toThrow(hostEnd);
});

test("DEL leaves nothing, twice, without namespace and without prevResult", async () => {
  const { pod, runtime } = await scene.attach();
  const port = await scene.portOf(pod);
  expect(port).toBeDefined();
  await runtime.del(pod);
  expect(await scene.portOf(pod)).toBeUndefined();
  expect((await scene.lab.node(1).links()).map(({ ifname }) => ifname)).not.toContain(
    `tap${port?.id.slice(0, 11)}`,
  );
  await runtime.del(pod, { forgotten: true });
});

test("ten pods at once on a node", async () => {
  const pods = await Promise.all(Array.from({ length: 10 }, () => scene.attach()));
  expect(new Set(pods.map(({ ip4 }) => ip4)).size).toBe(10);
  const [first, ...others] = pods;
  const replies = await Promise.all(others.map(({ pod }) => pod.ping(first?.ip4 ?? "")));
  expect(replies).toEqual(Array(9).fill(2));
});
