import { expect, test } from "bun:test";
import { cleanUpAfterEach, eventually, testNode } from "./test-support.ts";

cleanUpAfterEach();

test("ports of the default network are ready before a pod asks, claimed, given back, and claimed again", async () => {
  const node = await testNode({ agent: { hot_ports_min: 2, hot_ports_max: 4, hot_ports_batch: 2 } });
  await node.start();
  await eventually(() => node.states().hot === 2, "two ports are hot");
  const target = await node.target();
  const first = node.add(target, "web-0");
  expect(first?.port.status).toBe("ACTIVE");
  const id = String(first?.port.id);
  const isNamed = async () => (await node.ports()).find((port) => port.id === id)?.name === "default_web-0";
  await eventually(isNamed, "Neutron knows the pod");
  expect((await node.ports()).find((port) => port.id === id)).toMatchObject({
    device_id: "skynet:web-0:eth0",
    description: "skynet-uid=uid-web-0",
    device_owner: "compute:node1",
    dns_name: "web-0.default",
  });
  if (first === undefined) throw new Error("none was ready");
  expect(node.del(first.key)).toBe(true);
  await eventually(() => node.manager.snapshot().counters.recycled === 1, "it has cooled");
  expect(node.store.hotPorts.list().find(({ portId }) => portId === id)?.state).toBe("hot");
  expect(node.wiring.forgotten).toEqual(
    [first.port, first.port].map(({ fixed_ips }) => String(fixed_ips[0]?.ip_address)),
  );
});

test("a port is kept back until the connections of its last pod are forgotten", async () => {
  const node = await testNode({ agent: { hot_ports_min: 1, hot_ports_max: 1, hot_ports_batch: 1 } });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const target = await node.target();
  const first = node.add(target);
  if (first === undefined) throw new Error("none was ready");
  let tries = 0;
  node.wiring.forgettingFails = () => {
    tries += 1;
    return new Error("ovs-vswitchd is not running");
  };
  expect(node.del(first.key)).toBe(true);
  await eventually(() => tries === 3, "it is tried again and again");
  expect(node.states().cooling).toBe(1);
  expect(node.add(target)?.port.id).not.toBe(first.port.id);
  node.wiring.forgettingFails = undefined;
  await eventually(() => node.manager.snapshot().counters.recycled === 1, "it has cooled");
  expect(node.wiring.forgotten).toContain(String(first.port.fixed_ips[0]?.ip_address));
});

test("a network that changes over to another Neutron while the agent runs is served there, and nothing stays here", async () => {
  const node = await testNode({ agent: { hot_ports_min: 1, hot_ports_max: 2, hot_ports_batch: 1 } });
  await node.start();
  await eventually(() => node.states().hot === 1, "a port is hot");
  const [before] = node.manager.snapshot().pools;
  const config = { ...node.surroundings.config };
  node.manager.use("pods", { ...node.surroundings, config, endpointKey: "another" });
  await eventually(() => node.store.hotPorts.list(before?.key).length === 0, "the port of the first is gone");
  await eventually(() => node.states().hot === 1, "a port of the second is hot");
  await eventually(() => node.manager.snapshot().pools.length === 1, "the first is forgotten");
  expect(node.manager.snapshot().pools).toMatchObject([{ isDefault: true, networkName: "tenant" }]);
  expect(node.manager.snapshot().counters.deleted).toEqual({ retired: 1 });
});

test("a network with another store is none of this manager's", async () => {
  const node = await testNode();
  await node.start();
  await eventually(() => node.manager.snapshot().pools.length === 1, "the default pool is known");
  const target = await node.target({ "skynet/port_security": "false" });
  const spec = { networkId: target.network.id, securityGroups: [], portSecurity: false };
  node.manager.wanted({ ...node.world, store: { ...node.store } }, "others", spec);
  expect(node.manager.snapshot().pools).toHaveLength(1);
});
