import { expect, test } from "bun:test";
import type { World } from "../../attachment/world.ts";
import { Deadline } from "../../deadline.ts";
import type { Port } from "../../openstack/neutron/ports.ts";
import { type FakeHandler, fakePort, noauthNeutron, serve } from "../../openstack/test-support.ts";
import { bindPorts } from "./bind.ts";

const BRIDGE = { "binding:vif_type": "bridge" };
const UNBOUND = { "binding:vif_type": "unbound" };

/** Binds `made` on a Neutron that answers as `handler` does. @returns kinds of binding, refusals, and requests */
async function bind(handler: FakeHandler, made: readonly Port[]) {
  await using server = await serve(handler);
  using deadline = new Deadline("the test", 5);
  const world = {
    config: { hostname: "node1", plugin: { neutron_agent: "required", plugin_type: "linuxbridge" } },
    wiring: { driver: { vifType: "bridge", agent: "the agent" } },
    neutron: noauthNeutron(server.url),
    deadline,
  } as unknown as World;
  const bound = await bindPorts(world, made);
  return {
    types: bound.map(({ port }) => port["binding:vif_type"]),
    refusals: bound.map(({ refusal }) => (refusal === undefined ? undefined : String(refusal))),
    requests: server.requests.map(({ query }) => query.getAll("id")),
  };
}

test("ports that are bound in Neutron's answer are not asked for", async () => {
  const { types, requests } = await bind(() => "drop", [fakePort(BRIDGE)]);
  expect(types).toEqual(["bridge"]);
  expect(requests).toEqual([]);
});

test("those that are not yet are asked for together, and in the order they were made", async () => {
  const made = ["1", "2", "3"].map((id) => fakePort({ id, ...(id === "2" ? BRIDGE : UNBOUND) }));
  const handler: FakeHandler = ({ query }) => ({
    body: { ports: query.getAll("id").map((id) => fakePort({ id, ...BRIDGE })) },
  });
  const { types, requests } = await bind(handler, made);
  expect(types).toEqual(["bridge", "bridge", "bridge"]);
  expect(requests).toEqual([["1", "3"]]);
});

test("what is bound in another way is told port by port", async () => {
  const made = [
    fakePort({ id: "1", "binding:vif_type": "binding_failed" }),
    fakePort({ id: "2", ...BRIDGE }),
  ];
  const { refusals } = await bind(() => "drop", made);
  expect(refusals[0]).toContain('Neutron could not bind port 1 on host "node1"');
  expect(refusals[1]).toBeUndefined();
});
