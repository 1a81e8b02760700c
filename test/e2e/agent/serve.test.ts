/** Every verb through the agent of a node. Runs inside a lab's control namespace, on the simulator. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { chmodSync, cpSync, existsSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { AgentProcess } from "../../../lab/agent-process.ts";
import { attempt } from "../../../lab/command.ts";
import { waitFor } from "../../../lab/wait.ts";
import { AgentScene } from "./scene.ts";

let scene: AgentScene;
beforeAll(async () => {
  scene = await AgentScene.open();
});
afterEach(() => scene.reset());
afterAll(() => scene.reset());

test("a pod is attached, checked and detached by the agent", async () => {
  await scene.agent.start();
  const pod = await scene.addPod();
  expect(await scene.call("STATUS", undefined)).toMatchObject({ kind: "success" });
  expect(await scene.call("ADD", pod)).toMatchObject({ kind: "success", stderr: "" });
  expect(scene.rows()).toMatchObject([{ state: "attached", owner: { pid: scene.agent.pid } }]);
  expect(await pod.ping("10.50.0.1")).toBeGreaterThan(0);
  expect(await scene.call("CHECK", pod)).toMatchObject({ kind: "success" });
  expect(await scene.call("DEL", pod)).toMatchObject({ kind: "success" });
  expect(await scene.collect()).toMatchObject({ kind: "success" });
  expect(await scene.leaks()).toEqual([]);
});

test("the socket is root's alone", async () => {
  await scene.agent.start();
  expect(statSync(scene.agent.socketPath).mode & 0o777).toBe(0o600);
  expect(statSync(dirname(scene.agent.socketPath)).mode & 0o777).toBe(0o700);
});

test("whoever is not root is cut off, though the files let everybody in", async () => {
  await scene.agent.start();
  const { socketPath } = scene.agent;
  chmodSync(socketPath, 0o666);
  for (let dir = dirname(socketPath); dir !== "/"; dir = dirname(dir))
    chmodSync(dir, statSync(dir).mode | 0o11);
  const ask = ["perl", "-MSocket", "-e", ASKER, socketPath];
  expect((await attempt(ask)).stdout).toEndWith("ok\n");
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...ask];
  expect((await attempt(nobody)).stdout).toBe("");
  expect(scene.agent.log()).toMatch(/a connection was refused: .* uid=65534/);
});

test("what the agent does not serve it says", async () => {
  await scene.agent.start();
  expect(await scene.agent.get("/nothing")).toMatchObject({ status: 404 });
  expect(await scene.agent.get("/v1/cni")).toMatchObject({ status: 405 });
});

test("another agent on the node waits for its end", async () => {
  await scene.agent.start();
  const other = new AgentProcess(scene.node, scene.configFile, "agent-other");
  await other.begin("waiting for another agent");
  expect(await scene.agent.readiness()).toBe("ready");
  await scene.agent.stop();
  await other.start();
  await other.stop();
  expect(await scene.agent.readiness()).toBe("absent");
});

test("/healthz and /readyz are on agent.metrics_address for everybody; calls are not", async () => {
  const address = `${scene.node.address}:9476`;
  scene.addNetwork("home", "required", {
    agent: { socket: scene.agent.socketPath, metrics_address: address },
  });
  await scene.agent.start();
  for (const path of ["/healthz", "/readyz"]) {
    const response = await fetch(`http://${address}${path}`);
    expect([response.status, await response.text()]).toEqual([200, "ok\n"]);
  }
  expect((await fetch(`http://${address}/v1/cni`, { method: "POST", body: "{}" })).status).toBe(404);
});

test("an agent.metrics_address that is not this node's keeps no pod waiting", async () => {
  const agent = { socket: scene.agent.socketPath, metrics_address: "192.0.2.1:9476" };
  scene.addNetwork("home", "required", { agent });
  await scene.agent.start();
  expect(scene.agent.log()).toMatch(/cannot listen on agent.metrics_address .*address=192.0.2.1:9476/);
});

test("an agent whose configuration is not there yet waits for it", async () => {
  const path = scene.node.path("later.conf");
  const agent = new AgentProcess(scene.node, path);
  await agent.begin("waiting for a configuration");
  cpSync(scene.configFile, path);
  await agent.start();
  rmSync(path);
});

test("an agent that cannot listen ends, and says why", async () => {
  const socket = `${scene.configFile}/agent.sock`;
  scene.addNetwork("home", "required", { agent: { socket } });
  const starting = scene.agent.start();
  await expect(starting).rejects.toThrow(`skynet: cannot listen on agent.socket ${socket}: `);
});

test("systemd is told when it is ready and when it stops", async () => {
  const path = scene.node.path("notify.sock");
  const heard: string[] = [];
  const systemd = listenForDatagrams(path, (text) => heard.push(text));
  try {
    await waitFor("socket", () => existsSync(path));
    await scene.agent.start({ env: { NOTIFY_SOCKET: path } });
    await waitFor("READY", () => heard.join() === "READY=1");
    await scene.agent.stop();
    await waitFor("STOPPING", () => heard.join() === "READY=1,STOPPING=1");
  } finally {
    systemd.kill();
  }
});

/** Perl is on every Debian, for every user. */
const ASKER =
  "socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ARGV[0])) or die $!; " +
  'send(S, "GET /readyz HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n", 0); print while <S>';
const RECEIVER =
  "socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[0])); $| = 1; print $_ while defined recv(S, $_, 99, 0)";

/** Bun has no datagram sockets with a path. */
function listenForDatagrams(path: string, heard: (text: string) => void) {
  rmSync(path, { force: true });
  const child = Bun.spawn(["perl", "-MSocket", "-e", RECEIVER, path], { stdout: "pipe" });
  void (async () => {
    for await (const chunk of child.stdout) heard(new TextDecoder().decode(chunk));
  })();
  return child;
}
