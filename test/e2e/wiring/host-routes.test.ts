import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { run } from "../../../lab/command.ts";
import { type Node, TestNetwork } from "./node.ts";

// Many processes in turn, on machines that may be busy.
setDefaultTimeout(120_000);

const GATEWAY = "10.9.0.102";

let network: TestNetwork;
let node: Node;

beforeAll(async () => {
  network = new TestNetwork();
  const options = { neutronAgent: "required", physicalNetworks: {} } as const;
  node = await network.addNode("routes", options);
  await network.connect(node, await network.addNode("routes-next", options), "eth1");
  await node.ip("address add 10.9.0.101/24 dev eth1", "address add fd09::101/64 dev eth1 nodad");
});

afterAll(() => network[Symbol.asyncDispose]());

beforeEach(() =>
  node.do({ action: "removeHostRoutes", cidrs: ["10.254.0.0/16", "10.52.0.0/24"], gateway: GATEWAY }),
);

const ensure = (cidrs: string[], gateway = GATEWAY) =>
  node.do({ action: "ensureHostRoutes", cidrs, gateway });
const remove = (cidrs: string[], gateway = GATEWAY) =>
  node.do({ action: "removeHostRoutes", cidrs, gateway });
const route = async (dst: string, family = "-4") =>
  (await run(["ip", family, "-n", node.namespace, "route", "show", "exact", dst])).trim();

test("routes are made once, marked as skynet's, and removed", async () => {
  expect(await ensure(["10.254.0.0/16", "10.52.0.9/24", "10.52.0.0/24"])).toEqual([]);
  expect(await ensure(["10.254.0.0/16"])).toEqual([]);
  expect(await route("10.254.0.0/16")).toBe("10.254.0.0/16 via 10.9.0.102 dev eth1 proto 94");
  expect(await route("10.52.0.0/24")).toBe("10.52.0.0/24 via 10.9.0.102 dev eth1 proto 94");
  await remove(["10.254.0.0/16"]);
  await remove(["10.254.0.0/16"]);
  expect(await route("10.254.0.0/16")).toBe("");
  expect(await route("10.52.0.0/24")).not.toBe("");
});

test("they work over IPv6", async () => {
  expect(await ensure(["fd54::/64"], "fd09::102")).toEqual([]);
  expect(await ensure(["fd54::/64"], "fd09:0::102")).toEqual([]);
  expect(await route("fd54::/64", "-6")).toContain("via fd09::102 dev eth1 proto 94");
  await remove(["fd54::/64"], "fd09::102");
  expect(await route("fd54::/64", "-6")).toBe("");
});

test("an administrator's route is left alone: content when it agrees, with a warning when not", async () => {
  await node.ip(`route add 10.254.0.0/16 via ${GATEWAY}`);
  expect(await ensure(["10.254.0.0/16"])).toEqual([]);
  await remove(["10.254.0.0/16"]);
  expect(await route("10.254.0.0/16")).toBe("10.254.0.0/16 via 10.9.0.102 dev eth1");

  await node.ip("route replace 10.254.0.0/16 via 10.9.0.103");
  expect(await ensure(["10.254.0.0/16"])).toEqual([
    "the route to 10.254.0.0/16 goes via 10.9.0.103, not via 10.9.0.102, and was left alone; delete it if it is not meant",
  ]);
  await node.ip("route replace 10.254.0.0/16 dev eth1");
  expect(await ensure(["10.254.0.0/16"])).toEqual([
    "the route to 10.254.0.0/16 goes directly over a link, not via 10.9.0.102, and was left alone; delete it if it is not meant",
  ]);
  await node.ip("route del 10.254.0.0/16");
});

test.each([
  ["10.254.0.0/16", "10.77.0.1"],
  ["fd54::/64", "fd77::1"],
])("a gateway to %s on no connected network is an error that says what to do", async (cidr, gateway) => {
  const { error } = await node.try({ action: "ensureHostRoutes", cidrs: [cidr], gateway });
  expect(error).toEqual({
    name: "WiringError",
    reason: "gateway-unreachable",
    message:
      `${gateway}, the gateway to ${cidr}, is on no network this node is connected to; give the node an address in its ` +
      "segment or correct neutron.external_router_gateway_ip",
  });
});
