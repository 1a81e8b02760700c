import { expect, test } from "bun:test";
import { connect, entries, type Json, refuses, UNKNOWN, uniqueName } from "./neutron.ts";

const neutron = await connect();

/** A router with an interface in a subnet of its own. */
async function routed() {
  const network = await neutron.network({ v4: "10.9.0.0/24" });
  const { body } = await neutron.call("POST", "/v2.0/routers", { router: { name: uniqueName() } });
  const id = String((body.router as Json).id);
  const path = `/v2.0/routers/${id}`;
  neutron.cleanUp(path);
  const added = await neutron.call("PUT", `${path}/add_router_interface`, { subnet_id: network.v4 });
  expect(added.status).toBe(200);
  const remove = () => neutron.call("PUT", `${path}/remove_router_interface`, { subnet_id: network.v4 });
  return { network, id, path, added: added.body, remove };
}

test("an interface is a port at the gateway, owned by the router, and not to be deleted", async () => {
  const { network, id, path, added, remove } = await routed();
  expect(added).toMatchObject({
    id,
    network_id: network.id,
    subnet_id: network.v4,
    subnet_ids: [network.v4],
  });
  const ports = entries(await neutron.call("GET", `/v2.0/ports?device_id=${id}`), "ports");
  expect(ports).toMatchObject([
    {
      id: added.port_id,
      device_owner: "network:router_interface",
      fixed_ips: [{ subnet_id: network.v4, ip_address: "10.9.0.1" }],
      port_security_enabled: false,
      security_groups: [],
    },
  ]);
  refuses(
    await neutron.call("DELETE", `/v2.0/ports/${added.port_id}`),
    409,
    "ServicePortInUse",
    `Port ${added.port_id} cannot be deleted directly via the port API: has device owner network:router_interface.`,
  );
  refuses(
    await neutron.call("DELETE", path),
    409,
    "RouterInUse",
    `Router ${id} has ports still attached: ${added.port_id}`,
  );
  expect((await remove()).body).toMatchObject({ id, port_id: added.port_id });
  expect((await neutron.call("DELETE", path)).status).toBe(204);
});

test("a subnet is joined once", async () => {
  const { network, path, remove } = await routed();
  const again = await neutron.call("PUT", `${path}/add_router_interface`, { subnet_id: network.v4 });
  await remove();
  refuses(again, 400, "BadRequest", `Bad router request: Router already has a port on subnet ${network.v4}.`);
});

test("an interface needs a subnet or a port", async () => {
  const { path, remove } = await routed();
  const answer = await neutron.call("PUT", `${path}/add_router_interface`, {});
  await remove();
  refuses(answer, 400, "BadRequest", "Bad router request: Either subnet_id or port_id must be specified.");
});

test("an unknown router", async () => {
  const answer = await neutron.call("GET", `/v2.0/routers/${UNKNOWN}`);
  refuses(answer, 404, "RouterNotFound", `Router ${UNKNOWN} could not be found`);
});
