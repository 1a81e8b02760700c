/** The agent and the API server: what pods want is known without asking, and Kubernetes is told what became of them. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import { agentSocket } from "../../../lab/agent-process.ts";
import { type ApiServer, startApiServer } from "../../../lab/apiserver/server.ts";
import { controlAddress } from "../../../lab/layout.ts";
import type { Pod } from "../../../lab/pod.ts";
import { waitFor } from "../../../lab/wait.ts";
import type { AgentState } from "../../../src/agent/state.ts";
import { AgentScene } from "./scene.ts";

let scene: AgentScene;
let api: ApiServer;

beforeAll(async () => {
  scene = await AgentScene.open();
});
beforeEach(async () => {
  api = startApiServer({ hostname: controlAddress });
  scene.addNetwork("home", "required", {
    capabilities: { "io.kubernetes.cri.pod-annotations": false },
    agent: { socket: agentSocket(scene.node), hot_ports_min: 2, hot_ports_max: 4 },
    kubernetes: { k8s_api_root: api.url, node_name: scene.node.hostname },
  });
  await scene.agent.start();
  await waitFor("agent that follows the pods", async () => (await state()).kubernetes.watch?.synced === true);
});
afterEach(async () => {
  await scene.reset();
  await api.stop();
});
afterAll(async () => {
  expect(await scene.leaks()).toEqual([]);
});

/** A pod of the node with its sandbox. */
async function schedule(annotations: Record<string, string> = {}): Promise<Pod> {
  const pod = await scene.addPod();
  api.pods.create("default", {
    metadata: { name: pod.name, uid: pod.uid, annotations },
    spec: { nodeName: scene.node.hostname, containers: [] },
  });
  await waitFor(
    "pod that the agent knows",
    async () => ((await state()).kubernetes.watch?.knownPods ?? 0) > 0,
  );
  return pod;
}

async function state(): Promise<AgentState> {
  return JSON.parse((await scene.agent.get("/debug/state")).body);
}

const statusOf = (pod: Pod) => api.pods.get("default", pod.name).metadata.annotations?.["skynet/status"];
const eventsOf = (pod: Pod) =>
  api.events.list().items.filter(({ involvedObject }) => involvedObject.uid === pod.uid);

test("an ADD follows the pod's annotations and asks the API server nothing", async () => {
  const pod = await schedule({ "skynet/ip": "10.50.0.66" });
  const before = { ...api.faults.calls };
  const outcome = await scene.call("ADD", pod);
  expect(outcome).toMatchObject({ kind: "success" });
  expect(JSON.stringify(outcome)).toContain("10.50.0.66/24");
  expect(api.faults.calls["get pods"]).toBe(before["get pods"]);
  expect(api.faults.calls["list pods"]).toBe(before["list pods"]);
  expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
});

test("a pod that has its port carries an Event and says so in an annotation", async () => {
  const pod = await schedule();
  expect(await scene.call("ADD", pod)).toMatchObject({ kind: "success" });
  const status = JSON.parse(await waitFor("skynet/status", async () => statusOf(pod)));
  const ports = await scene.ports();
  const port = ports.find(({ id }) => id === status.port_id);
  expect(port?.fixed_ips.map(({ ip_address }) => ip_address)).toEqual(status.addresses);
  await waitFor("Event", async () => eventsOf(pod).length > 0);
  expect(eventsOf(pod)).toMatchObject([{ type: "Normal", reason: "Attached" }]);
  expect(eventsOf(pod)[0]?.message).toContain(status.port_id);
  expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
});

test("a pod that fails carries a Warning that says what to do", async () => {
  const unknown = "00000000-0000-0000-0000-000000000001";
  const pod = await schedule({ "skynet/network_id": unknown });
  expect(await scene.call("ADD", pod)).toMatchObject({ kind: "error" });
  await waitFor("Event", async () => eventsOf(pod).length > 0);
  expect(eventsOf(pod)).toMatchObject([{ type: "Warning", reason: "AttachFailed" }]);
  expect(eventsOf(pod)[0]?.message).toContain(unknown);
  expect(statusOf(pod)).toBeUndefined();
});

test("metrics and state tell of it all", async () => {
  const pod = await schedule();
  await scene.call("ADD", pod);
  await scene.call("DEL", pod);
  const { body } = await scene.agent.get("/metrics");
  expect(body).toContain('skynet_cni_requests_total{verb="ADD",result="ok"} 1');
  expect(body).toContain('skynet_cni_requests_total{verb="DEL",result="ok"} 1');
  expect(body).toContain("skynet_kubernetes_watch_synced 1");
  expect(body).toMatch(/skynet_neutron_requests_total\{operation="POST ports",result="ok"\} [1-9]/);
  expect(await state()).toMatchObject({ kubernetes: { configured: true }, neutron: [{ isUp: true }] });
});
