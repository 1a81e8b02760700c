/** The lab's containerd itself, with Debian's plugins: what skynet's tests beside this one build upon. Needs root. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { CriError } from "../../../lab/containerd/cri.ts";
import { ContainerdNode, debianPlugins } from "../../../lab/containerd/node.ts";
import { Pod } from "../../../lab/containerd/pod.ts";
import { addNamespace, links, removeNamespace } from "../../../lab/namespaces.ts";

const namespace = `sktcri${process.pid}`;
let folder: string;
let node: ContainerdNode;

beforeAll(async () => {
  folder = mkdtempSync("/tmp/skynet-cri-");
  node = new ContainerdNode({ namespace, hostname: "alone", dir: join(folder, "alone") });
  await addNamespace(namespace);
  await node.start();
  for (const plugin of ["bridge", "host-local"]) await node.installPlugin(join(debianPlugins, plugin));
  const ipam = { type: "host-local", ranges: [[{ subnet: "10.77.0.0/24" }]], dataDir: join(folder, "ipam") };
  const bridge = { type: "bridge", bridge: "br0", isGateway: true, ipam };
  await node.setNetwork({ cniVersion: "1.0.0", name: "plain", plugins: [bridge] });
});

afterAll(async () => {
  await node.stop();
  await removeNamespace(namespace);
  rmSync(folder, { recursive: true });
});

test("a pod has its address and its own host name, and reaches the node", async () => {
  const pod = await Pod.run(node, { name: "one" });
  expect(await pod.exec(["hostname"])).toMatchObject({ exitCode: 0, stdout: "one\n" });
  expect((await node.cri.podSandboxStatus(pod.id)).network?.ip).toStartWith("10.77.0.");
  expect(await pod.exec(["ping", "-c1", "-W2", "10.77.0.1"])).toMatchObject({ exitCode: 0 });
  expect(await pod.exec(["sh", "-c", "echo no >&2; exit 3"])).toEqual({
    exitCode: 3,
    stdout: "",
    stderr: "no\n",
  });
  await pod.remove();
  expect(await veths()).toEqual([]);
});

test("a container ends alone, and its sandbox stays", async () => {
  const { cri } = node;
  expect(await cri.version()).toMatchObject({ runtimeName: "containerd" });
  const pod = await Pod.run(node, { name: "ending" });
  await cri.stopContainer(pod.containerId);
  const status = await cri.containerStatus(pod.containerId);
  expect(status).toMatchObject({ state: "CONTAINER_EXITED", exitCode: 128 + constants.signals.SIGKILL });
  await cri.removeContainer(pod.containerId);
  expect(await cri.listContainers()).toEqual([]);
  expect(await cri.listPodSandboxes()).toMatchObject([{ id: pod.id, state: "SANDBOX_READY" }]);
  await pod.remove();
});

test("a sandbox whose ADD and DEL fail is kept, not ready, until a DEL succeeds", async () => {
  const loaded = { cniVersion: "1.0.0", name: "missing", plugins: [{ type: "no-such-plugin" }] };
  const before = JSON.parse(readFileSync(join(node.paths.cniConf, "10-network.conflist"), "utf8"));
  await node.setNetwork(loaded);
  try {
    const error: unknown = await Pod.run(node, { name: "refused" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CriError);
    expect((error as CriError).details).toContain("no-such-plugin");
    expect(await node.cri.listPodSandboxes()).toMatchObject([{ state: "SANDBOX_NOTREADY" }]);
  } finally {
    await node.setNetwork(before);
  }
  await node.removeSandboxes();
  expect(await node.cri.listPodSandboxes()).toEqual([]);
});

test("pods outlive a crash of containerd", async () => {
  const pod = await Pod.run(node, { name: "survivor" });
  await node.crashContainerd();
  await node.startContainerd();
  expect(await pod.exec(["hostname"])).toMatchObject({ stdout: "survivor\n" });
  await pod.remove();
  expect(await veths()).toEqual([]);
});

test("stopping the node leaves no process, mount, control group or file, whatever runs on it", async () => {
  await Pod.run(node, { name: "left" });
  expect(processesOf(folder)).not.toEqual([]);
  await node.stop();
  expect(processesOf(folder)).toEqual([]);
  expect(readFileSync("/proc/mounts", "utf8")).not.toContain(folder);
  expect(existsSync(join(folder, "alone"))).toBeFalse();
  const hierarchies = readdirSync("/sys/fs/cgroup").map((name) =>
    join("/sys/fs/cgroup", name, node.cgroupParent),
  );
  expect(hierarchies.filter(existsSync)).toEqual([]);
});

async function veths(): Promise<string[]> {
  return (await links(namespace)).map((link) => link.ifname).filter((name) => name.startsWith("veth"));
}

/** Command lines of processes that name a folder in theirs. */
function processesOf(path: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(commandLine).filter((line) => line.includes(path));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
