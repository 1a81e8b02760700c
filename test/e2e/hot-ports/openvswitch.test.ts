/** A port that Neutron's Open vSwitch agent has wired ahead of its pods: on a lab whose nodes are of kind openvswitch. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { defaultGroupBeside } from "../../../lab/demo/neutron-api.ts";
import { checkout, physicalInterface } from "../../../lab/layout.ts";
import type { Pod } from "../../../lab/pod.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { PodEnd, PortFacts, WiringOptions } from "../../../src/wiring/wiring.ts";
import { type Port, Scene } from "../neutron/scene.ts";

/** What Neutron says of a port, as far as the node and its agent cause it. */
type BoundPort = Port & {
  readonly revision_number: number;
  readonly "binding:vif_type": string;
  readonly "binding:vif_details": Record<string, unknown>;
};

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

const hotNode = () => scene.lab.node(1);

async function neutronPort(id: string): Promise<BoundPort> {
  return (await scene.api<{ port: BoundPort }>("GET", `ports/${id}`)).port;
}

function portFacts(port: BoundPort): PortFacts {
  return {
    portId: port.id,
    networkId: port.network_id,
    mac: port.mac_address,
    mtu: 1500,
    binding: { vifType: port["binding:vif_type"], details: port["binding:vif_details"] },
  };
}

/** Does one step of wiring as an agent on the node would. */
async function wire(port: BoundPort, action: string, pod?: Pod): Promise<unknown> {
  const node = hotNode();
  const options: WiringOptions = {
    neutronAgent: "required",
    physicalNetworks: { physnet1: physicalInterface },
    ovsdb: node.openvswitch.connection,
    stateDir: node.path("state"),
  };
  const end: PodEnd | undefined = pod && {
    netns: pod.netnsPath,
    ifname: "eth0",
    owner: `skynet:${pod.name}`,
  };
  const settings = {
    mac: port.mac_address,
    mtu: 1500,
    addresses: port.fixed_ips.map(({ ip_address: ip }) => (ip.includes(":") ? `${ip}/64` : `${ip}/24`)),
    routes: [],
  };
  const step = { kind: "openvswitch", action, options, port: portFacts(port), pod: end, settings };
  const script = `${checkout}/test/e2e/wiring/step.ts`;
  const output = await node.run([process.execPath, script], { stdin: JSON.stringify(step) });
  const { value, error } = JSON.parse(output);
  if (error) throw new Error(`${action}: ${error.message}`);
  return value;
}

/** A port in a security group, bound to the node, with a stand-in, and ACTIVE. */
async function hotPort(group: string): Promise<BoundPort> {
  const made = await scene.make<BoundPort>("port", {
    network_id: scene.lab.seeded.flat1.id,
    security_groups: [group],
    device_id: "skynet:pool:test",
    device_owner: `compute:${hotNode().hostname}`,
    "binding:host_id": hotNode().hostname,
  });
  scene.defer(() => wire(made, "unplug"));
  await wire(made, "park");
  return waitFor(`port ${made.id} ACTIVE`, async () => {
    const port = await neutronPort(made.id);
    return port.status === "ACTIVE" && port;
  });
}

async function podOnHotNode(name: string): Promise<Pod> {
  const pod = await hotNode().addPod(name);
  scene.defer(() => pod.remove());
  return pod;
}

/** The node's agent has seen all that was done before: it has wired another pod since. */
async function agentHasComeRound(): Promise<void> {
  const { pod, runtime } = await scene.attach({ node: 1 });
  await runtime.del(pod);
}

/** What the agent knows the port by on the node; Neutron counts its revisions when anything changes, its status too. */
async function identity({ id }: BoundPort) {
  const name = `tap${id.slice(0, 11)}`;
  const { openvswitch } = hotNode();
  const { status, revision_number } = await neutronPort(id);
  const port = await openvswitch.vsctl("get", "Port", name, "tag");
  const link = await openvswitch.vsctl("get", "Interface", name, "_uuid", "ofport", "ifindex");
  return { status, revision_number, port, link };
}

function agentOfHotNode() {
  const agent = scene.lab.neutron?.agents.find(({ host }) => host === hotNode().hostname);
  if (!agent) throw new Error("the lab's first node has no agent");
  return agent;
}

const ip4Of = (port: BoundPort) =>
  port.fixed_ips.find(({ ip_address }) => !ip_address.includes(":"))?.ip_address ?? "";

test("pods come and go behind a port that stays ACTIVE, each at once and with its filters", async () => {
  const { web } = scene.lab.seeded;
  const client = await scene.attach({ node: 2 });
  const port = await hotPort(web);
  const before = await identity(port);
  const address = ip4Of(port);
  const answers = async (number: number, timeout: number) =>
    (await client.pod.connect(address, number, { timeout })).outcome;
  for (const name of ["hot1", "hot2"]) {
    const pod = await podOnHotNode(name);
    await using _allowed = await pod.listen(80);
    await using _filtered = await pod.listen(81);
    await wire(port, "takeOver", pod);
    expect(await client.pod.connect(address, 80)).toEqual({ outcome: "answered", answer: name });
    expect(await answers(81, 1_000)).toBe("timeout");
    expect(await pod.ping("10.50.0.1")).toBe(2);
    await agentHasComeRound();
    expect(await identity(port)).toEqual(before);
    expect(await client.pod.connect(address, 80)).toEqual({ outcome: "answered", answer: name });
    expect(await answers(81, 1_000)).toBe("timeout");

    await wire(port, "vacate", pod);
    expect(await answers(80, 1_000)).toBe("timeout");
    expect(await pod.ping("10.50.0.1", { count: 1 })).toBe(0);
    await agentHasComeRound();
    expect(await wire(port, "isParked")).toBe(true);
    expect(await identity(port)).toEqual(before);
  }
});

test("a pod whose namespace is removed first leaves the port ACTIVE", async () => {
  const port = await hotPort(scene.lab.seeded.web);
  const before = await identity(port);
  const pod = await podOnHotNode("gone");
  await wire(port, "takeOver", pod);
  await pod.remove();
  await agentHasComeRound();
  expect(await identity(port)).toEqual(before);
  await wire(port, "vacate");
  expect(await wire(port, "isParked")).toBe(true);
});

test("while Neutron's agent is away pods come and go all the same, and it finds the port as it was", async () => {
  const client = await scene.attach({ node: 2 });
  const port = await hotPort(scene.lab.seeded.web);
  const before = await identity(port);
  const agent = agentOfHotNode();
  const [first, second] = [await podOnHotNode("away1"), await podOnHotNode("away2")];
  await using _allowed = await second.listen(80);
  await using _filtered = await second.listen(81);
  await agent.kill();
  try {
    await wire(port, "takeOver", first);
    expect(await first.ping("10.50.0.1")).toBe(2);
    await wire(port, "vacate", first);
    await wire(port, "takeOver", second);
    const answered = { outcome: "answered", answer: "away2" } as const;
    expect(await client.pod.connect(ip4Of(port), 80)).toEqual(answered);
    await agent.start();
    await agentHasComeRound();
    expect(await identity(port)).toMatchObject({ status: "ACTIVE", link: before.link });
    expect(await client.pod.connect(ip4Of(port), 80)).toEqual(answered);
    expect((await client.pod.connect(ip4Of(port), 81)).outcome).toBe("timeout");
  } finally {
    await agent.start();
  }
});

test("not one packet of a stranger is answered while pods come and go, and one is with another group", async () => {
  const group = await defaultGroupBeside(scene.lab.url, scene.lab.seeded.web);
  const closed = await hotPort(group);
  const open = await hotPort(scene.lab.seeded.web);
  for (const [port, expected] of [
    [closed, false],
    [open, true],
  ] as const) {
    const stranger = strangerPings(ip4Of(port), 250);
    for (const turn of [1, 2]) {
      const pod = await podOnHotNode(`watched${turn}${expected ? "open" : ""}`);
      await wire(port, "takeOver", pod);
      expect(await pod.ping("10.50.0.1")).toBe(2);
      await wire(port, "vacate", pod);
    }
    expect((await stranger) > 0).toBe(expected);
  }
});

test("a pod cannot speak with an address that is not its own", async () => {
  const port = await hotPort(scene.lab.seeded.web);
  const pod = await podOnHotNode("liar");
  await wire(port, "takeOver", pod);
  await pod.run(["ip", "addr", "add", "10.50.0.240/24", "dev", "eth0"]);
  expect(await pod.ping("10.50.0.1", { from: "10.50.0.240" })).toBe(0);
  expect(await pod.ping("10.50.0.1")).toBe(2);
});

/** The stranger is the gateway: this process runs in its namespace. One ping every 20 ms; answers how many came back. */
async function strangerPings(address: string, count: number): Promise<number> {
  const output = await run(["sh", "-c", `ping -n -c ${count} -i 0.02 -W 1 ${address}; true`]);
  return Number(/(\d+) received/.exec(output)?.[1]);
}
