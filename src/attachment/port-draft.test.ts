import { expect, test } from "bun:test";
import type { ApiSession } from "../openstack/api-session.ts";
import { Neutron } from "../openstack/neutron/client.ts";
import { hotPortDraft, podIdentityUpdate, podPortDraft } from "./port-draft.ts";
import type { AttachRequest } from "./request.ts";
import type { Target } from "./target.ts";
import type { World } from "./world.ts";

const NETWORK = "net-a";
const session = {} as ApiSession;
const withDns = new Neutron(session, ["dns-integration"]);
const withoutDns = new Neutron(session, []);
const request = {
  key: { network: "pods", containerId: "c1", ifname: "eth0" },
  pod: { namespace: "shop", name: "web-0", uid: "u1" },
} as AttachRequest;
const target = { network: { id: NETWORK }, securityGroups: ["g"] } as unknown as Target;

function worldWith(agent: object | undefined): World {
  const config = { cluster_name: "k8s", hostname: "node1" };
  return { config, endpointKey: "n", ...(agent === undefined ? {} : { agent }) } as unknown as World;
}
const plain = worldWith(undefined);
const withPools = worldWith({ hotPorts: {} });
const OURS = ["skynet", "skynet-cluster=k8s", "skynet-network=pods"];

test("a pod's port carries the pod's mark as a tag", () => {
  expect(podPortDraft(plain, withDns, request, target)).toEqual({
    network_id: NETWORK,
    name: "shop_web-0",
    dns_name: "web-0.shop",
    admin_state_up: true,
    device_id: "skynet:c1:eth0",
    device_owner: "compute:node1",
    "binding:host_id": "node1",
    security_groups: ["g"],
    tags: [...OURS, "skynet-uid=u1"],
  });
});

test("one that other pods will have later carries it in the description, which changes with the pod", () => {
  const draft = podPortDraft(withPools, withoutDns, request, target);
  expect(draft).toMatchObject({ description: "skynet-uid=u1", tags: OURS });
  expect(draft).not.toHaveProperty("dns_name");
});

test("one with an address of its own goes with its pod", () => {
  const fixedIps = [{ subnet_id: "s", ip_address: "10.0.0.5" }];
  const draft = podPortDraft(withPools, withDns, request, { ...target, fixedIps });
  expect(draft).toMatchObject({ fixed_ips: fixedIps, tags: [...OURS, "skynet-uid=u1"] });
  expect(draft).not.toHaveProperty("description");
});

test("a pod without uid leaves no mark", () => {
  const { uid: _uid, ...pod } = request.pod;
  expect(podPortDraft(withPools, withDns, { ...request, pod }, target)).not.toHaveProperty("description");
  expect(podPortDraft(plain, withDns, { ...request, pod }, target).tags).toEqual(OURS);
});

test("a hot port is as a pod's would be, without the pod", () => {
  const spec = { networkId: NETWORK, subnetId: "s", securityGroups: ["g"], portSecurity: true };
  expect(hotPortDraft(plain, "pods", spec, "skynet:pool:1")).toEqual({
    network_id: NETWORK,
    name: "skynet-hot",
    admin_state_up: true,
    device_id: "skynet:pool:1",
    device_owner: "compute:node1",
    "binding:host_id": "node1",
    fixed_ips: [{ subnet_id: "s" }],
    port_security_enabled: true,
    security_groups: ["g"],
    tags: OURS,
  });
});

test("a pod's identity leaves nothing of the pod before", () => {
  const record = { deviceId: "skynet:c1:eth0", pod: request.pod };
  expect(podIdentityUpdate(withDns, record)).toEqual({
    name: "shop_web-0",
    device_id: "skynet:c1:eth0",
    description: "skynet-uid=u1",
    dns_name: "web-0.shop",
  });
  expect(podIdentityUpdate(withDns, { ...record, pod: {} })).toMatchObject({
    name: "",
    description: "",
    dns_name: "",
  });
  expect(podIdentityUpdate(withoutDns, record)).not.toHaveProperty("dns_name");
});
