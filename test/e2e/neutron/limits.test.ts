import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Port, Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

/** Its own, since a quota also counts creations of others that were cut off, for two minutes. */
const project_id = "limited";
const unknownId = "00000000-0000-4000-8000-000000000000";

/** From now on, and until the test ends, the project may have no more ports than it has. */
async function fillQuota(): Promise<void> {
  const { ports } = await scene.api<{ ports: Port[] }>("GET", `ports?project_id=${project_id}&fields=id`);
  scene.defer(() => scene.api("DELETE", `quotas/${project_id}`));
  await scene.api("PUT", `quotas/${project_id}`, { quota: { port: ports.length } });
}

/** A vxlan network with a subnet that has one address to give. */
async function tinyNetwork(): Promise<{ id: string }> {
  const network = await scene.make<{ id: string }>("network", { name: "tiny" });
  await scene.make("subnet", {
    network_id: network.id,
    ip_version: 4,
    cidr: "10.64.0.0/29",
    allocation_pools: [{ start: "10.64.0.4", end: "10.64.0.4" }],
    enable_dhcp: false,
  });
  return network;
}

test("a full quota: code 100 with what to do; STATUS says so until a pod can be attached again", async () => {
  const config = { cniVersion: "1.1.0", state_dir: await scene.stateDir(), neutron: { project_id } };
  const { runtime } = await scene.prepare({ config });
  await runtime.status();
  await fillQuota();
  const error = await scene.refused({ config });
  expect(error.code).toBe(100);
  expect(error.msg).toContain("Quota exceeded for resources: ['port']");
  expect(error.msg).toContain("openstack quota set --ports");
  const unavailable = await scene.failure(runtime.status());
  expect(unavailable.code).toBe(50);
  expect(unavailable.msg).toContain("OverQuota");
  await scene.api("DELETE", `quotas/${project_id}`);
  await scene.attach({ config });
  await runtime.status();
});

test("a full quota gives way when a delete is still pending on the node", async () => {
  const config = { state_dir: await scene.stateDir(), neutron: { project_id } };
  const gone = await scene.attach({ config });
  const nobody = { project_id, neutron_url: "http://10.200.0.254:9" };
  const { runtime: cutOff } = await scene.prepare({ config: { ...config, neutron: nobody } });
  await cutOff.del(gone.pod);
  expect(await scene.portOf(gone.pod)).toBeDefined();
  await fillQuota();
  await scene.attach({ config });
  expect(await scene.portOf(gone.pod)).toBeUndefined();
});

test("a full subnet: code 100; pods of other networks do not feel it", async () => {
  const config = { cniVersion: "1.1.0", state_dir: await scene.stateDir() };
  const annotations = { "skynet/network_id": (await tinyNetwork()).id };
  const first = await scene.attach({ annotations, config });
  expect(first.ip4).toBe("10.64.0.4");
  const error = await scene.refused({ annotations, config });
  expect(error.code).toBe(100);
  expect(error.msg).toContain("No more IP addresses available on network");
  expect(error.msg).toContain("add a subnet or allocation pool");
  await first.runtime.status();
  await scene.attach({ config });
  await first.runtime.del(first.pod);
  expect((await scene.attach({ annotations, config })).ip4).toBe("10.64.0.4");
});

test("a full default network: STATUS says that no pod can come", async () => {
  const { id } = await tinyNetwork();
  const neutron = { default_network_id: id };
  const config = { cniVersion: "1.1.0", state_dir: await scene.stateDir(), neutron };
  const { runtime } = await scene.attach({ config });
  expect((await scene.refused({ config })).code).toBe(100);
  const unavailable = await scene.failure(runtime.status());
  expect(unavailable.code).toBe(50);
  expect(unavailable.msg).toContain(id);
});

test.each([
  ["skynet/network_id", "NetworkNotFound"],
  ["skynet/subnet_id", "SubnetNotFound"],
  ["skynet/security_group_ids", "SecurityGroupNotFound"],
])("an unknown id in %s: code 101 with annotation, value and pod", async (annotation, type) => {
  const { code, msg } = await scene.refused({ name: "asker", annotations: { [annotation]: unknownId } });
  expect(code).toBe(101);
  for (const part of [annotation, unknownId, "default/asker", type]) expect(msg).toContain(part);
});

test("an unknown default network: code 101 with the key of the configuration", async () => {
  const config = { neutron: { default_network_id: unknownId } };
  const { code, msg } = await scene.refused({ config });
  expect(code).toBe(101);
  for (const part of ["neutron.default_network_id", unknownId]) expect(msg).toContain(part);
});

test("no agent on the host: code 104, and no port stays", async () => {
  const { code, msg } = await scene.refused({ config: { hostname: "nowhere" } });
  expect(code).toBe(104);
  for (const part of ['"nowhere"', "openstack network agent list"]) expect(msg).toContain(part);
  const { ports } = await scene.api<{ ports: Port[] }>("GET", "ports?binding:host_id=nowhere");
  expect(ports).toEqual([]);
});
