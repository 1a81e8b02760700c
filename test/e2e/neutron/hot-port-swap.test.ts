/** Ports wired ahead of their pods, with Neutron's linuxbridge agent: pods take turns at one port, and the agent notices nothing. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { defaultGroupBeside } from "../../../lab/demo/neutron-api.ts";
import type { Node } from "../../../lab/node.ts";
import type { Pod } from "../../../lab/pod.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { PortFacts } from "../../../src/wiring/wiring.ts";
import { performStep } from "../wiring/perform.ts";
import { type Port, Scene } from "./scene.ts";

/** Neutron's agent looks at its devices every two seconds. */
const LONGER_THAN_TWO_LOOKS = 5_000;

let scene: Scene;
let node: Node;
beforeEach(async () => {
  scene = await Scene.open();
  node = scene.lab.node(1);
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

interface BoundPort extends Port {
  readonly revision_number: number;
}

/** A port that is bound to the node, wired by the agent and ACTIVE, with nobody behind it. */
async function parkedPort(group: string): Promise<HotPort> {
  const port = await scene.make<BoundPort>("port", {
    network_id: scene.lab.seeded.flat1.id,
    security_groups: [group],
    device_owner: `compute:${node.hostname}`,
    device_id: "skynet:pool:test",
    "binding:host_id": node.hostname,
  });
  const hot = new HotPort(port);
  scene.defer(() => hot.do("unplug"));
  await hot.do("park");
  await waitFor("ACTIVE port", async () => (await hot.show()).status === "ACTIVE", { timeout: 20_000 });
  return hot;
}

class HotPort {
  readonly ip4: string;
  readonly #facts: PortFacts;

  constructor(private readonly port: BoundPort) {
    this.ip4 = port.fixed_ips.find((fixed) => fixed.ip_address.includes("."))?.ip_address ?? "";
    this.#facts = { portId: port.id, networkId: port.network_id, mac: port.mac_address, mtu: 1500 };
  }

  async show(): Promise<BoundPort> {
    return (await scene.api<{ port: BoundPort }>("GET", `ports/${this.port.id}`)).port;
  }

  /** A step of wiring in the node's namespace. */
  do(action: "park" | "isParked" | "takeOver" | "vacate" | "unplug", pod?: Pod): Promise<unknown> {
    const { mac, mtu } = this.#facts;
    return performStep(node.namespace, {
      action,
      options: { neutronAgent: "required", physicalNetworks: {}, stateDir: node.path("hot") },
      port: this.#facts,
      ...(pod && { pod: { netns: pod.netnsPath, ifname: "eth0", owner: `skynet:${pod.containerId}:eth0` } }),
      settings: { mac, mtu, addresses: [`${this.ip4}/24`], routes: [] },
    });
  }

  /** What Neutron says of the port for a while: its status and its revision, each distinct pair once. */
  async watch(milliseconds: number): Promise<string[]> {
    const seen = new Set<string>();
    for (const until = performance.now() + milliseconds; performance.now() < until; await Bun.sleep(100)) {
      const { status, revision_number } = await this.show();
      seen.add(`${status} ${revision_number}`);
    }
    return [...seen];
  }
}

/** The stranger is the gateway: this process runs in its namespace. */
async function strangerPings(address: string, count: number, interval: number): Promise<number> {
  const output = await run(["sh", "-c", `ping -n -c ${count} -i ${interval} -W 1 ${address}; true`]);
  return Number(/(\d+) received/.exec(output)?.[1]);
}

test("two pods in turn: reached at once where their group lets others in, and nowhere else; the port is untouched", async () => {
  const { web } = scene.lab.seeded;
  const client = (await scene.attach({ node: 2, annotations: { "skynet/security_group_ids": web } })).pod;
  const hot = await parkedPort(web);
  const before = await hot.show();
  const untouched = [`ACTIVE ${before.revision_number}`];
  for (const name of ["first", "second"]) {
    const { pod } = await scene.prepare({ name });
    await using _http = await pod.listen(80);
    await using _other = await pod.listen(81);
    await hot.do("takeOver", pod);
    expect(await client.connect(hot.ip4, 80)).toEqual({ outcome: "answered", answer: name });
    expect(await client.connect(hot.ip4, 81)).toEqual({ outcome: "timeout" });
    expect(await hot.watch(LONGER_THAN_TWO_LOOKS)).toEqual(untouched);
    expect(await client.connect(hot.ip4, 80)).toEqual({ outcome: "answered", answer: name });

    await hot.do("vacate", pod);
    expect(await hot.do("isParked")).toBe(true);
    expect(await client.connect(hot.ip4, 80)).not.toMatchObject({ outcome: "answered" });
    expect(await hot.watch(LONGER_THAN_TWO_LOOKS)).toEqual(untouched);
  }
});

test("not one packet of a stranger is answered while pods take turns", async () => {
  const hot = await parkedPort(await defaultGroupBeside(scene.lab.url, scene.lab.seeded.web));
  const stranger = strangerPings(hot.ip4, 400, 0.02);
  for (let turn = 0; turn < 5; turn++) {
    const { pod } = await scene.prepare();
    await hot.do("takeOver", pod);
    expect(await pod.ping("10.50.0.1")).toBe(2);
    await pod.run(["ip", "addr", "add", "10.50.0.240/24", "dev", "eth0"]);
    expect(await pod.ping("10.50.0.1", { from: "10.50.0.240", count: 1 })).toBe(0);
    await hot.do("vacate", pod);
    expect(await pod.ping("10.50.0.1", { count: 1 })).toBe(0);
  }
  expect(await stranger).toBe(0);
});

test("a pod that took its place while the agent was away is filtered then, and after the agent's start", async () => {
  const agent = scene.lab.neutron.agents.find(({ host }) => host === node.hostname);
  if (!agent) throw new Error(`${node.hostname} has no agent of Neutron's`);
  const hot = await parkedPort(scene.lab.seeded.web);
  const { pod } = await scene.prepare();
  await using _other = await pod.listen(81);
  const { pod: client } = await scene.attach({ node: 2 });
  await agent.kill();
  try {
    await hot.do("takeOver", pod);
    expect(await client.ping(hot.ip4)).toBe(2);
    expect(await client.connect(hot.ip4, 81)).toEqual({ outcome: "timeout" });
  } finally {
    await agent.start();
  }
  const blocked = () => client.connect(hot.ip4, 81, { timeout: 1_000 });
  for (let look = 0; look < 5; look++) expect(await blocked()).toEqual({ outcome: "timeout" });
  expect(await client.ping(hot.ip4)).toBe(2);
  expect((await hot.show()).status).toBe("ACTIVE");
});
