import { afterEach, beforeEach, expect, test } from "bun:test";
import { startApiServer } from "../../../lab/apiserver/server.ts";
import { controlAddress } from "../../../lab/layout.ts";
import { type Port, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

const wants = (address: string) => ({ annotations: { "skynet/ip": address } });

/** Somebody's port on flat1 with this address. */
function holder(address: string, rest: Record<string, unknown>): Promise<Port> {
  const { id, subnets } = scene.lab.seeded.flat1;
  const fixed_ips = [{ subnet_id: subnets[4], ip_address: address }];
  return scene.make<Port>("port", { network_id: id, fixed_ips, ...rest });
}

/** Whether a port is still in Neutron. */
async function exists({ id }: { id: string }): Promise<boolean> {
  return (await scene.api<{ ports: Port[] }>("GET", `ports?id=${id}`)).ports.length === 1;
}

test("a pod in a new sandbox takes its address along, and the old sandbox's late DEL does not touch it", async () => {
  const wish = {
    ...wants("10.50.0.80"),
    uid: crypto.randomUUID(),
    call: { args: { K8S_POD_NAME: "web-0" } },
  };
  const old = await scene.attach({ ...wish, node: 1 });
  const current = await scene.attach({ ...wish, node: 2 });
  expect(current.ip4).toBe("10.50.0.80");
  await old.runtime.del(old.pod);
  expect(await scene.portOf(current.pod)).toMatchObject({ fixed_ips: [{ ip_address: "10.50.0.80" }] });
  expect(await current.pod.ping("10.50.0.1")).toBe(2);
  const reborn = await scene.attach({ ...wish, node: 1, uid: crypto.randomUUID() });
  expect(reborn.ip4).toBe("10.50.0.80");
  expect(await scene.portOf(current.pod)).toBeUndefined();
});

test("an address goes over from a pod that the API server does not know any more, and from no other", async () => {
  using api = startApiServer({ hostname: controlAddress });
  const config = { kubernetes: { k8s_api_root: api.url } };
  const [living, _gone, replaced] = await Promise.all([
    scene.attach({ ...wants("10.50.0.81"), name: "living" }),
    scene.attach({ ...wants("10.50.0.82"), name: "gone" }),
    scene.attach({ ...wants("10.50.0.83"), name: "replaced" }),
  ]);
  api.pods.create("default", { metadata: { name: "living", uid: living.pod.uid } });
  api.pods.create("default", { metadata: { name: "replaced", uid: crypto.randomUUID() } });
  const livingPort = await scene.portOf(living.pod);
  const [error, heirOfGone, heirOfReplaced] = await Promise.all([
    scene.refused({ ...wants("10.50.0.81"), config }),
    scene.attach({ ...wants("10.50.0.82"), config }),
    scene.attach({ ...wants("10.50.0.83"), config }),
  ]);
  expect(error.code).toBe(102);
  for (const part of ["10.50.0.81", livingPort?.id ?? "", '"default_living"']) {
    expect(error.msg).toContain(part);
  }
  expect(await scene.portOf(living.pod)).toEqual(livingPort as Port);
  expect([heirOfGone.ip4, heirOfReplaced.ip4]).toEqual(["10.50.0.82", "10.50.0.83"]);
  expect(await scene.portOf(replaced.pod)).toBeUndefined();
});

test("a VM's port keeps its address, unless reclaim_ip is any", async () => {
  const vm = { name: "vm-1", device_owner: "compute:nova", device_id: crypto.randomUUID() };
  const port = await holder("10.50.0.84", vm);
  const state_dir = await scene.stateDir();
  const policies = ["pods", "never"].map((reclaim_ip) =>
    scene.refused({ ...wants("10.50.0.84"), config: { state_dir, neutron: { reclaim_ip } } }),
  );
  for (const error of await Promise.all(policies)) {
    expect(error.code).toBe(102);
    for (const part of [port.id, ...Object.values(vm)]) expect(error.msg).toContain(part);
  }
  expect(await exists(port)).toBe(true);
  expect(await scene.pendingDeletes(state_dir)).toBe(0);
  const taken = await scene.attach({ ...wants("10.50.0.84"), config: { neutron: { reclaim_ip: "any" } } });
  expect(taken.ip4).toBe("10.50.0.84");
  expect(await exists(port)).toBe(false);
});

test("routers and Neutron's own ports keep their addresses whatever reclaim_ip says", async () => {
  const outside = await scene.make<{ id: string }>("network", { name: "outside", "router:external": true });
  await scene.make("subnet", { network_id: outside.id, ip_version: 4, cidr: "10.63.0.0/24" });
  const [inside, dhcp, router] = await Promise.all([
    holder("10.50.0.85", { name: "inside" }),
    holder("10.50.0.86", { device_owner: "network:dhcp" }),
    scene.make<{ id: string }>("router", {
      name: "router",
      external_gateway_info: {
        network_id: outside.id,
        external_fixed_ips: [{ ip_address: "10.63.0.87" }],
      },
    }),
  ]);
  await scene.api("PUT", `routers/${router.id}/add_router_interface`, { port_id: inside.id });
  scene.defer(() => scene.api("PUT", `routers/${router.id}/remove_router_interface`, { port_id: inside.id }));
  const config = { neutron: { reclaim_ip: "any" } };
  const gateway = { "skynet/ip": "10.63.0.87", "skynet/network_id": outside.id };
  const [byInterface, byDhcp, byGateway] = await Promise.all([
    scene.refused({ ...wants("10.50.0.85"), config }),
    scene.refused({ ...wants("10.50.0.86"), config }),
    scene.refused({ annotations: gateway, config }),
  ]);
  expect([byInterface.code, byDhcp.code, byGateway.code]).toEqual([102, 102, 102]);
  expect(byInterface.msg).toContain(`${inside.id} "inside" (owner network:router_interface`);
  expect(byDhcp.msg).toContain(`${dhcp.id} (owner network:dhcp`);
  expect(byGateway.msg).toContain("(owner network:router_gateway");
  expect(await Promise.all([inside, dhcp].map(exists))).toEqual([true, true]);
});

test("a pod of another cluster keeps its address", async () => {
  const other = await scene.attach({ ...wants("10.50.0.88"), config: { cluster_name: "other" } });
  const port = await scene.portOf(other.pod);
  const error = await scene.refused(wants("10.50.0.88"));
  expect(error.code).toBe(102);
  expect(error.msg).toContain(port?.id ?? "");
  expect(error.msg).toContain('no pod of cluster "k8s"');
  expect(await scene.portOf(other.pod)).toEqual(port as Port);
});

test("an address outside of the network, and a MAC address in use", async () => {
  const mac = "fa:16:3e:00:00:89";
  const { pod } = await scene.attach({ annotations: { "skynet/mac": mac } });
  const [outside, used] = await Promise.all([
    scene.refused(wants("10.77.0.1")),
    scene.refused({ annotations: { "skynet/mac": mac } }),
  ]);
  expect([outside.code, used.code]).toEqual([101, 102]);
  expect(outside.msg).toContain("10.77.0.1");
  expect(outside.msg).toContain(`10.50.0.0/24 (subnet ${scene.lab.seeded.flat1.subnets[4]})`);
  expect(used.msg).toContain("skynet/mac");
  expect(used.msg).toContain(mac);
  expect((await scene.portOf(pod))?.mac_address).toBe(mac);
});
