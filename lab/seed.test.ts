import { afterAll, beforeAll, expect, test } from "bun:test";
import { seed } from "./seed.ts";
import { type Simulator, startSimulator } from "./simulator/server.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());

const get = async (path: string) => (await fetch(`${simulator.url}/v2.0/${path}`)).json();

test("seeding twice gives the same ids and makes nothing new", async () => {
  const first = await seed(simulator.url);
  const { security_group_rules: rules } = await get(`security-group-rules?security_group_id=${first.web}`);
  expect(await seed(simulator.url)).toEqual(first);
  expect((await get("networks")).networks).toHaveLength(5);
  expect((await get("subnets")).subnets).toHaveLength(10);
  expect((await get(`security-group-rules?security_group_id=${first.web}`)).security_group_rules).toEqual(
    rules,
  );
  // Two rules of egress that every group begins with, and ours.
  expect(rules).toHaveLength(6);
});

test("flat1 is what its users' routes and pools say", async () => {
  const { flat1 } = await seed(simulator.url);
  const { subnet } = await get(`subnets/${flat1.subnets[4]}`);
  expect(subnet).toMatchObject({
    cidr: "10.50.0.0/24",
    gateway_ip: "10.50.0.1",
    allocation_pools: [{ start: "10.50.0.10", end: "10.50.0.199" }],
    host_routes: [{ destination: "10.99.0.0/16", nexthop: "10.50.0.2" }],
    dns_nameservers: ["10.50.0.53"],
    enable_dhcp: false,
  });
  const { network } = await get(`networks/${flat1.id}`);
  expect(network).toMatchObject({
    "provider:network_type": "flat",
    "provider:physical_network": "physnet1",
    mtu: 1500,
  });
});
