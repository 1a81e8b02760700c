/** Isolation, whoever filters: runs on labs with Neutron's agents of either kind, and with OVN. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { defaultGroupBeside } from "../../../lab/demo/neutron-api.ts";
import { type Attached, type PodWish, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

/** A pod in the default group alone: without a word of the configuration it is in every group of the project. */
async function attach({ config, ...wish }: PodWish = {}): Promise<Attached> {
  const group = await defaultGroupBeside(scene.lab.url, scene.lab.seeded.web);
  return scene.attach({ ...wish, config: { ...config, neutron: { default_security_group_ids: group } } });
}

/** The stranger is the gateway: this process runs in its namespace, and no security group allows it in. */
async function strangerPings(address: string, count: number, interval: number): Promise<number> {
  const output = await run(["sh", "-c", `ping -n -c ${count} -i ${interval} -W 1 ${address}; true`]);
  return Number(/(\d+) received/.exec(output)?.[1]);
}

test("the default group lets the pod out and no stranger in", async () => {
  const { pod, ip4, ip6 } = await attach();
  expect(await pod.ping("10.50.0.1")).toBe(2);
  expect(await strangerPings(ip4, 3, 0.2)).toBe(0);
  expect(await strangerPings(ip6, 3, 0.2)).toBe(0);
});

test("a custom group lets TCP 80 in and blocks 81", async () => {
  const web = { "skynet/security_group_ids": scene.lab.seeded.web };
  const server = await attach({ node: 1, annotations: web });
  const client = await attach({ node: 2, annotations: web });
  await using _http = await server.pod.listen(80);
  await using _other = await server.pod.listen(81);
  expect(await client.pod.connect(server.ip4, 80)).toEqual({ outcome: "answered", answer: server.pod.name });
  expect(await client.pod.connect(server.ip4, 81)).toEqual({ outcome: "timeout" });
  expect(await client.pod.connect(server.ip6, 80)).toEqual({ outcome: "answered", answer: server.pod.name });
  expect(await client.pod.connect(server.ip6, 81)).toEqual({ outcome: "timeout" });
});

test("a pod cannot speak with an address that is not its own", async () => {
  const { pod } = await attach();
  await pod.run(["ip", "addr", "add", "10.50.0.240/24", "dev", "eth0"]);
  expect(await pod.ping("10.50.0.1", { from: "10.50.0.240" })).toBe(0);
  expect(await pod.ping("10.50.0.1")).toBe(2);
});

test("not one packet of a stranger is answered while the pod is being attached", async () => {
  const address = "10.50.0.77";
  const stranger = strangerPings(address, 600, 0.02);
  const { pod } = await attach({ annotations: { "skynet/ip": address } });
  const afterwards = await strangerPings(address, 20, 0.02);
  expect(await pod.ping("10.50.0.1")).toBe(2);
  expect({ during: await stranger, afterwards }).toEqual({ during: 0, afterwards: 0 });
});

test("the same stranger is answered where a group lets it in: the test above can fail", async () => {
  const address = "10.50.0.78";
  const annotations = { "skynet/ip": address, "skynet/security_group_ids": scene.lab.seeded.web };
  await attach({ annotations });
  expect(await strangerPings(address, 20, 0.02)).toBe(20);
});

test("port_security false: any source address, any stranger", async () => {
  const { pod, ip4 } = await attach({ annotations: { "skynet/port_security": "false" } });
  expect(await scene.portOf(pod)).toMatchObject({ port_security_enabled: false, security_groups: [] });
  expect(await strangerPings(ip4, 3, 0.2)).toBe(3);
  await pod.run(["ip", "addr", "add", "10.50.0.240/24", "dev", "eth0"]);
  expect(await pod.ping("10.50.0.1", { from: "10.50.0.240" })).toBe(2);
});
