import { expect, test } from "bun:test";
import { clusterTag, deviceIdOf, tagsOf } from "./identity.ts";

test("a device_id carries container and interface, and nothing of the pod's name", () => {
  expect(deviceIdOf({ containerId: "4f8a", ifname: "eth0" })).toBe("skynet:4f8a:eth0");
});

test("tags tell owner, cluster, network and pod", () => {
  expect(tagsOf("k8s", "skynet", "0f5b9c1e-7d0e-4c53-9a3b-0f6b8a1f3f10")).toEqual([
    "skynet",
    "skynet-cluster=k8s",
    "skynet-network=skynet",
    "skynet-uid=0f5b9c1e-7d0e-4c53-9a3b-0f6b8a1f3f10",
  ]);
  expect(tagsOf("k8s", "skynet", undefined)).toHaveLength(3);
});

test("what is too long for Neutron is cut, and stays different for different names", () => {
  const long = "a".repeat(80);
  expect(clusterTag(long)).toHaveLength(60);
  expect(clusterTag(`${long}b`)).not.toBe(clusterTag(long));
  expect(deviceIdOf({ containerId: "c".repeat(300), ifname: "eth0" })).toHaveLength(255);
  expect(deviceIdOf({ containerId: "c".repeat(300), ifname: "eth1" })).not.toBe(
    deviceIdOf({ containerId: "c".repeat(300), ifname: "eth0" }),
  );
});
