import { afterEach, beforeEach, expect, test } from "bun:test";
import { startApiServer } from "../../../lab/apiserver/server.ts";
import { Scene } from "./scene.ts";

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.open();
});
afterEach(async () => {
  expect(await scene.close()).toEqual([]);
});

test("skynet/network_id", async () => {
  const { pod } = await scene.attach({ annotations: { "skynet/network_id": scene.lab.seeded.vx1.id } });
  expect((await scene.portOf(pod))?.network_id).toBe(scene.lab.seeded.vx1.id);
});

test("skynet/subnet_id wins over skynet/network_id", async () => {
  const { flat1, vx1 } = scene.lab.seeded;
  const annotations = { "skynet/network_id": flat1.id, "skynet/subnet_id": vx1.subnets[4] };
  const { pod, ip6 } = await scene.attach({ annotations });
  expect(await scene.portOf(pod)).toMatchObject({
    network_id: vx1.id,
    fixed_ips: [{ subnet_id: vx1.subnets[4] }],
  });
  expect(ip6).toBe("");
});

test("skynet/ip: one address of each family", async () => {
  const { pod, ip4, ip6 } = await scene.attach({
    annotations: { "skynet/ip": "10.50.0.61, fd50:0:0:1::61" },
  });
  expect([ip4, ip6]).toEqual(["10.50.0.61", "fd50:0:0:1::61"]);
  expect((await scene.portOf(pod))?.fixed_ips.map(({ ip_address }) => ip_address).sort()).toEqual(
    [ip4, ip6].sort(),
  );
});

test("skynet/mac", async () => {
  const { pod, result } = await scene.attach({ annotations: { "skynet/mac": "FA:16:3E:0A:0B:0C" } });
  expect(result.interfaces[1]?.mac).toBe("fa:16:3e:0a:0b:0c");
  expect((await scene.portOf(pod))?.mac_address).toBe("fa:16:3e:0a:0b:0c");
});

test("no group named: all security groups of the project", async () => {
  const { security_groups } = await scene.api<{ security_groups: { id: string; project_id: string }[] }>(
    "GET",
    "security-groups",
  );
  const ofProject = security_groups.filter(({ project_id }) => project_id === "fake_project_id");
  const { pod } = await scene.attach({ config: { state_dir: scene.lab.node(1).path("state-groups") } });
  expect((await scene.portOf(pod))?.security_groups.sort()).toEqual(ofProject.map(({ id }) => id).sort());
});

test("the configuration's groups, where the pod names none", async () => {
  const config = { neutron: { default_security_group_ids: ` ${scene.lab.seeded.web} ` } };
  const { pod } = await scene.attach({ config });
  expect((await scene.portOf(pod))?.security_groups).toEqual([scene.lab.seeded.web]);
});

test("an address by the CNI ways: runtimeConfig, CNI_ARGS; the annotation first", async () => {
  const byCapability = await scene.attach({ call: { capabilityArgs: { ips: ["10.50.0.62/24"] } } });
  expect(byCapability.ip4).toBe("10.50.0.62");
  const byArgs = await scene.attach({ call: { args: { IP: "10.50.0.63", MAC: "fa:16:3e:00:00:63" } } });
  expect(byArgs.ip4).toBe("10.50.0.63");
  expect(byArgs.result.interfaces[1]?.mac).toBe("fa:16:3e:00:00:63");
  const byAnnotation = await scene.attach({
    annotations: { "skynet/ip": "10.50.0.64" },
    call: { capabilityArgs: { ips: ["10.50.0.65"] } },
  });
  expect(byAnnotation.ip4).toBe("10.50.0.64");
});

test("a subnet without gateway, and one with a gateway outside of it", async () => {
  const network = await scene.make<{ id: string }>("network", { name: "odd-gateways" });
  const subnet = (body: Record<string, unknown>) =>
    scene.make<{ id: string }>("subnet", { network_id: network.id, enable_dhcp: false, ...body });
  const without = await subnet({ ip_version: 4, cidr: "10.61.0.0/24", gateway_ip: null });
  const outside = await subnet({ ip_version: 4, cidr: "10.62.0.0/24", gateway_ip: "169.254.77.1" });
  const a = await scene.attach({ annotations: { "skynet/subnet_id": without.id } });
  expect(a.result.routes).toEqual([]);
  expect(await a.pod.run(["ip", "route", "show", "default"])).toBe("");
  const b = await scene.attach({ annotations: { "skynet/subnet_id": outside.id } });
  expect(b.result.routes).toEqual([{ dst: "0.0.0.0/0", gw: "169.254.77.1" }]);
  expect(await b.pod.run(["ip", "route", "get", "192.0.2.1"])).toContain("via 169.254.77.1 dev eth0");
  await b.runtime.check(b.pod);
  await Promise.all([a.runtime.del(a.pod), b.runtime.del(b.pod)]);
});

test("the configuration file of the original's documentation works as it stands", async () => {
  using api = await startApiServer({ hostname: "10.200.0.254", port: 8080 });
  const node = scene.lab.node(1);
  const { pod } = await scene.prepare({});
  await fetch(`${api.url}/api/v1/namespaces/default/pods`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: pod.name, uid: pod.uid, annotations: { "skynet/ip": "10.50.0.66" } },
    }),
  });
  const runtime = node.runtime({
    name: "skynet",
    type: "skynet",
    neutron: {
      neutron_url: scene.lab.url,
      default_network_id: scene.lab.seeded.flat1.id,
      default_security_group_ids: scene.lab.seeded.web,
      service_subnet_enabled: false,
      external_router_gateway_ip: "192.168.7.160",
      service_cluster_ip_cidr: "10.254.0.0/16",
    },
    plugin: { plugin_type: "linuxbridge", trunk_nic: "eth1", tunnel_nic: "eth0" },
    kubernetes: { k8s_api_root: api.url, kubeconfig: "" },
    log_level: "info",
    cniVersion: "1.0",
    // The file takes the node's own name and directories; a lab's nodes share both with the machine.
    hostname: node.hostname,
    state_dir: node.path("state-original"),
  });
  const result = (await runtime.add(pod)) as { cniVersion?: string; ips?: { address: string }[] };
  try {
    expect(result.cniVersion).toBe("1.0.0");
    expect(result.ips?.map(({ address }) => address)).toEqual(["10.50.0.66/24"]);
    expect((await scene.portOf(pod))?.security_groups).toEqual([scene.lab.seeded.web]);
    expect(await pod.ping("10.50.0.1")).toBe(2);
  } finally {
    await runtime.del(pod);
  }
});

test("service_subnet_enabled: the node's routes to pods and services, until the last pod is gone", async () => {
  const config = {
    state_dir: scene.lab.node(1).path("state-service"),
    neutron: {
      service_subnet_enabled: true,
      external_router_gateway_ip: "10.200.0.254",
      service_cluster_ip_cidr: "10.254.0.0/16",
    },
  };
  const annotations = { "skynet/network_id": scene.lab.seeded.vx1.id };
  const routes = () => scene.lab.node(1).run(["ip", "route", "show", "via", "10.200.0.254"]);
  const first = await scene.attach({ config, annotations });
  const second = await scene.attach({ config, annotations });
  expect(await routes()).toContain("10.52.0.0/22");
  expect(await routes()).toContain("10.254.0.0/16");
  await first.runtime.del(first.pod);
  expect(await routes()).toContain("10.52.0.0/22");
  await second.runtime.del(second.pod);
  expect(await routes()).toBe("");
  const unreachable = { ...config, neutron: { ...config.neutron, external_router_gateway_ip: "192.0.2.9" } };
  const error = await scene.refused({ config: unreachable, annotations });
  expect(error.msg).toContain("192.0.2.9");
  expect(error.code).toBe(105);
});
