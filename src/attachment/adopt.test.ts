import { expect, test } from "bun:test";
import { fakePort } from "../openstack/test-support.ts";
import { networkOf, parseDeviceId, podOf } from "./adopt.ts";
import { deviceIdOf, newPoolDeviceId, tagsOf } from "./identity.ts";

test("a device_id tells container and interface", () => {
  const key = { containerId: "c0ffee", ifname: "net1" };
  expect(parseDeviceId(deviceIdOf(key))).toEqual(key);
});

test.each([
  ["another's", "0b9f1f5c-7d0f-4d0c-9d6b-0d7a4b1c2d3e"],
  ["of a port without a pod", newPoolDeviceId()],
  ["without an interface", "skynet:c0ffee"],
  ["with more than that", "skynet:c0ffee:eth0:1"],
  ["cut, for it was too long", deviceIdOf({ containerId: "c".repeat(300), ifname: "eth0" })],
  ["empty", ""],
])("a device_id that is %s tells none", (_, deviceId) => {
  expect(parseDeviceId(deviceId)).toBeUndefined();
});

test("a port tells its pod by its name, and the uid by its description or a tag", () => {
  const name = "shop_web-0";
  const tags = tagsOf("k8s", "pods", "uid-1");
  expect(podOf(fakePort({ name, tags }))).toEqual({ namespace: "shop", name: "web-0", uid: "uid-1" });
  const description = "skynet-uid=uid-2";
  expect(podOf(fakePort({ name, tags, description }))).toMatchObject({ uid: "uid-2" });
  expect(podOf(fakePort({ name: "skynet-hot", tags: [] }))).toEqual({});
});

test("a port is of the network whose tag it has, however long the name", () => {
  const long = "n".repeat(100);
  const networks = ["pods", `${long}1`, `${long}2`];
  expect(networkOf(fakePort({ tags: tagsOf("k8s", `${long}2`, undefined) }), networks)).toBe(`${long}2`);
  expect(networkOf(fakePort({ tags: tagsOf("k8s", "storage", undefined) }), networks)).toBeUndefined();
});
