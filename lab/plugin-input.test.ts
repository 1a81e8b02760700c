import { expect, test } from "bun:test";
import { type NetworkConfig, type PluginConfig, pluginEnvironment, pluginInput } from "./plugin-input.ts";

const pod = {
  name: "web",
  namespace: "shop",
  uid: "u-1",
  containerId: "c1",
  netnsPath: "/run/netns/demo-web",
  annotations: { "skynet/ip": "10.50.0.20" },
};
const plugin: PluginConfig = {
  type: "skynet",
  log_level: "debug",
  capabilities: { "io.kubernetes.cri.pod-annotations": true, ips: false },
};
const network: NetworkConfig = { name: "pods", cniVersion: "1.0.0", plugins: [plugin] };

test("tells the pod in the environment", () => {
  const { CNI_ARGS = "", ...rest } = pluginEnvironment(pod, { ifname: "net1", args: { IP: "10.50.0.9" } });
  expect(rest).toEqual({ CNI_CONTAINERID: "c1", CNI_IFNAME: "net1", CNI_NETNS: "/run/netns/demo-web" });
  expect(CNI_ARGS.split(";").sort()).toEqual([
    "IP=10.50.0.9",
    "IgnoreUnknown=1",
    "K8S_POD_INFRA_CONTAINER_ID=c1",
    "K8S_POD_NAME=web",
    "K8S_POD_NAMESPACE=shop",
    "K8S_POD_UID=u-1",
  ]);
});

test("CNI_ARGS come in another order from call to call", () => {
  const orders = new Set(Array.from({ length: 50 }, () => pluginEnvironment(pod, {}).CNI_ARGS));
  expect(orders.size).toBeGreaterThan(1);
});

test("a runtime that has forgotten names no namespace", () => {
  expect(pluginEnvironment(pod, { forgotten: true }).CNI_NETNS).toBe("");
});

test("a verb about no pod has no pod in the environment", () => {
  expect(pluginEnvironment(undefined, {})).toEqual({});
});

test("only declared capabilities arrive, and the declaration itself does not", () => {
  expect(pluginInput(network, plugin, pod, { capabilityArgs: { ips: ["10.50.0.9/24"] } })).toEqual({
    type: "skynet",
    log_level: "debug",
    name: "pods",
    cniVersion: "1.0.0",
    runtimeConfig: { "io.kubernetes.cri.pod-annotations": pod.annotations },
  });
});

test("prevResult and what is attached go with the verbs that have them", () => {
  const attachments = [{ containerID: "c1", ifname: "eth0" }];
  expect(pluginInput(network, { type: "x" }, undefined, { prevResult: { ips: [] }, attachments })).toEqual({
    type: "x",
    name: "pods",
    cniVersion: "1.0.0",
    prevResult: { ips: [] },
    "cni.dev/valid-attachments": attachments,
  });
});
