import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { setSysctls } from "../../../lab/namespaces.ts";
import type { PodEnd } from "../../../src/wiring/wiring.ts";
import { BRIDGE, type Node, pings, podLink, port, settings, TestNetwork, tap } from "./node.ts";

// Many processes in turn, on machines that may be busy.
setDefaultTimeout(120_000);

let network: TestNetwork;
let node: Node;
let pod1: PodEnd;
let pod2: PodEnd;

beforeAll(async () => {
  network = new TestNetwork();
  node = await network.addNode("agent", { neutronAgent: "required", physicalNetworks: {} });
  pod1 = await network.addPod("agent-pod1");
  pod2 = await network.addPod("agent-pod2");
});

afterAll(() => network[Symbol.asyncDispose]());

afterEach(async () => {
  for (const number of [1, 2]) await node.do({ action: "unplug", port: port(number) });
  expect(await node.linkNames()).toEqual(["lo"]);
});

const attach = (number: number, pod: PodEnd) =>
  node.do({ action: "attach", port: port(number), pod, settings: settings(number) });

describe("plug", () => {
  test("two pods on a node reach each other at once, over IPv4 and IPv6, with full packets", async () => {
    await attach(1, pod1);
    await attach(2, pod2);
    expect(await pings(pod1.netns, "fd09::2")).toBe(true);
    expect(await pings(pod1.netns, "10.9.0.2", ["-M", "do", "-s", "1422"])).toBe(true);
  });

  test("the bridge has Neutron's name, forwards at once, and gives the node no address", async () => {
    await node.do({ action: "plug", port: port(1), pod: pod1 });
    const bridge = await node.link(BRIDGE);
    expect(bridge?.flags).toContain("UP");
    expect(bridge?.addr_info).toEqual([]);
    expect(bridge?.linkinfo?.info_data).toMatchObject({ stp_state: 0, forward_delay: 0 });
    expect(await node.link(tap(1))).toMatchObject({
      master: BRIDGE,
      mtu: 1450,
      address: "fe:16:3e:00:00:01",
    });
  });

  test("the pod's end has its name, MAC and MTU, is down, and neither sends nor receives", async () => {
    await attach(2, pod2);
    await node.do({ action: "plug", port: port(1), pod: pod1 });
    expect(await podLink(pod1)).toMatchObject({ operstate: "DOWN", mtu: 1450, address: "fa:16:3e:00:00:01" });

    await pings(pod2.netns, "10.9.0.255", ["-b"], 1);
    expect(await pings(pod2.netns, "10.9.0.1", [], 1)).toBe(false);
    expect((await podLink(pod1))?.stats64).toMatchObject({ rx: { packets: 0 }, tx: { packets: 0 } });

    await node.do({ action: "configure", pod: pod1, settings: settings(1) });
    expect(await pings(pod2.netns, "10.9.0.1")).toBe(true);
  });

  test("a bridge the agent made, still down, is used as it is and outlives the pods", async () => {
    await node.ip(`link add ${BRIDGE} type bridge`);
    await attach(1, pod1);
    expect((await node.link(BRIDGE))?.flags).toContain("UP");
    await node.do({ action: "unplug", port: port(1), pod: pod1 });
    expect(await node.linkNames()).toEqual([BRIDGE, "lo"].sort());
    await node.ip(`link del ${BRIDGE}`);
  });

  test("an interface the pod has already is an error, and nothing is left", async () => {
    await node.do({ action: "plug", port: port(1), pod: pod1 });
    const { error } = await node.try({ action: "plug", port: port(2), pod: pod1 });
    expect(error).toMatchObject({
      reason: "interface-exists",
      message: `the interface eth0 already exists in ${pod1.netns}`,
    });
    expect(await node.linkNames()).toEqual([BRIDGE, "lo", tap(1)].sort());
  });

  test("what an earlier attempt for the same port left is replaced", async () => {
    await attach(1, pod1);
    await attach(1, pod1);
    await attach(2, pod2);
    expect(await pings(pod1.netns, "10.9.0.2")).toBe(true);
  });

  test("somebody else's device of the tap's name is an error and stays", async () => {
    await node.ip(`link add ${tap(1)} type veth peer name other`);
    const { error } = await node.try({ action: "plug", port: port(1), pod: pod1 });
    expect(error).toMatchObject({ reason: "device-in-use" });
    await node.do({ action: "unplug", port: port(1) });
    await node.do({ action: "unplugPort", port: port(1) });
    expect(await node.linkNames()).toEqual(["lo", "other", tap(1)].sort());
    await node.ip("link del other");
  });

  test("a device of the bridge's name that is no bridge is an error", async () => {
    await node.ip(`link add ${BRIDGE} type veth peer name other`);
    const { error } = await node.try({ action: "plug", port: port(1), pod: pod1 });
    expect(error?.message).toBe(`${BRIDGE} must be a bridge but is a veth; remove or rename that device`);
    await node.ip("link del other");
  });

  test("a namespace that is gone is an error of its own", async () => {
    const { error } = await node.try({
      action: "plug",
      port: port(1),
      pod: { netns: "/run/netns/none", ifname: "eth0" },
    });
    expect(error).toMatchObject({ name: "NamespaceError", reason: "missing" });
  });
});

describe("the pod's end", () => {
  test("is as configured, and may be configured again", async () => {
    const routes = [
      { dst: "0.0.0.0/0", gw: "10.8.0.1" },
      { dst: "::/0", gw: "fd09::99" },
    ];
    await attach(1, pod1);
    for (let turn = 0; turn < 2; turn++) {
      await node.do({ action: "configure", pod: pod1, settings: settings(1, { routes }) });
    }
    const state = (await node.do({ action: "inspect", pod: pod1 })) as { routes: unknown[] };
    expect(state).toMatchObject({
      mac: "fa:16:3e:00:00:01",
      mtu: 1450,
      up: true,
      addresses: ["10.9.0.1/24", "fd09::1/64"],
    });
    expect(state.routes).toEqual(expect.arrayContaining([...routes, { dst: "10.8.0.1/32" }]));
  });

  test("gets its IPv6 address though the runtime disabled IPv6", async () => {
    await setSysctls(pod1.netns.replace("/run/netns/", ""), { "net.ipv6.conf.default.disable_ipv6": 1 });
    await attach(1, pod1);
    await attach(2, pod2);
    expect(await pings(pod2.netns, "fd09::1")).toBe(true);
  });

  test("is told missing, not broken, when interface or namespace is gone", async () => {
    const gone = { netns: "/run/netns/none", ifname: "eth0" };
    for (const pod of [pod1, gone]) {
      expect(await node.do({ action: "inspect", pod })).toBeUndefined();
      expect(await node.do({ action: "exists", pod })).toBe(false);
      expect(await node.do({ action: "deletePodEnd", pod })).toBe(false);
    }
    const { error } = await node.try({ action: "configure", pod: pod1, settings: settings(1) });
    expect(error).toMatchObject({ reason: "interface-missing" });
  });

  test("takes the host's end with it when it is deleted", async () => {
    await attach(1, pod1);
    expect(await node.do({ action: "exists", pod: pod1 })).toBe(true);
    expect(await node.do({ action: "deletePodEnd", pod: pod1 })).toBe(true);
    expect(await node.link(tap(1))).toBeUndefined();
  });
});

test("no thread of a process stays in the pods' namespaces it looked into", async () => {
  await attach(1, pod1);
  const namespaces = await node.do({ action: "inspectOften", pod: pod1, times: 2_000 });
  expect(namespaces).toEqual([`net:[${statSync(`/run/netns/${node.namespace}`).ino}]`]);
});

describe("unplug", () => {
  test("may be repeated, without a pod, and after the pod's namespace is gone", async () => {
    const pod = await network.addPod("agent-gone");
    await attach(1, pod);
    await node.do({ action: "unplug", port: port(1), pod: { netns: "/run/netns/none", ifname: "eth0" } });
    await node.do({ action: "unplug", port: port(1) });
    expect(await node.linkNames()).toEqual(["lo"]);
    expect(await node.do({ action: "exists", pod })).toBe(false);
  });

  test("leaves a bridge that the agent gave an uplink", async () => {
    await attach(1, pod1);
    await node.ip("link add vxlan-7 type veth peer name far", `link set vxlan-7 master ${BRIDGE}`);
    await node.do({ action: "unplug", port: port(1) });
    expect(await node.linkNames()).toEqual([BRIDGE, "far", "lo", "vxlan-7"].sort());
    await node.ip("link del far");
  });

  test.each(["unplugPort", "unplugHostEnd"] as const)("%s needs no plan", async (action) => {
    await attach(1, pod1);
    await node.do({ action, port: port(1) });
    expect(await node.linkNames()).toEqual(["lo"]);
  });
});

test("sweep removes what no plan accounts for, and nothing that is not skynet's", async () => {
  await attach(1, pod1);
  await attach(2, pod2);
  await node.ip("link add tapdhcp type veth peer name dhcp", `link set tapdhcp master ${BRIDGE}`);
  expect(await node.do({ action: "sweep", inUse: [port(2)] })).toEqual([tap(1)]);
  expect(await node.linkNames()).toEqual([BRIDGE, "dhcp", "lo", "tapdhcp", tap(2)].sort());
  await node.ip("link del dhcp");
  expect(await node.do({ action: "sweep" })).toEqual([tap(2), BRIDGE]);
});

test("check tells what is damaged on the host's side", async () => {
  const problems = () => node.do({ action: "check", port: port(1) });
  await attach(1, pod1);
  expect(await problems()).toEqual([]);
  await node.ip(`link set ${tap(1)} nomaster down`);
  expect(await problems()).toEqual([
    `the device ${tap(1)} is down`,
    `the device ${tap(1)} is not in the bridge ${BRIDGE}`,
  ]);
  await node.ip(`link set ${BRIDGE} down`, `link del ${tap(1)}`);
  expect(await problems()).toEqual([`the bridge ${BRIDGE} is down`, `the device ${tap(1)} is missing`]);
  await node.ip(`link del ${BRIDGE}`);
  expect(await problems()).toEqual([`the bridge ${BRIDGE} is missing`]);
});
