import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type handleUnaryCall, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { CriClient, criService } from "./cri.ts";

type Handler = handleUnaryCall<Record<string, unknown>, unknown>;

let folder: string;
let server: Server;
let client: CriClient;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skynet-cri-"));
  server = new Server();
});

afterEach(() => {
  client.close();
  server.forceShutdown();
  rmSync(folder, { recursive: true });
});

/** A runtime that knows only these calls, and a client of it. */
async function serve(handlers: Record<string, Handler>): Promise<void> {
  const socket = join(folder, "cri.sock");
  server.addService(criService, handlers);
  await new Promise<void>((resolve, reject) => {
    const bound = (error: Error | null) => (error ? reject(error) : resolve());
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), bound);
  });
  client = new CriClient(socket);
}

test("a sandbox's metadata and annotations reach the runtime, and its id comes back", async () => {
  let received: unknown;
  await serve({
    RunPodSandbox: (call, answer) => {
      received = call.request.config;
      answer(null, { podSandboxId: "0123" });
    },
  });
  const config = {
    metadata: { name: "web", namespace: "shop", uid: "u1" },
    annotations: { "skynet/ip": "10.0.0.5" },
    linux: { cgroupParent: "/pods" },
  };
  expect(await client.runPodSandbox(config)).toBe("0123");
  expect(received).toMatchObject(config);
});

test("a command's output and exit code are decoded", async () => {
  await serve({
    ExecSync: (call, answer) =>
      answer(null, { stdout: Buffer.from(`${call.request.cmd}`), stderr: Buffer.from("é"), exitCode: 3 }),
  });
  expect(await client.execSync("c1", ["echo", "hello"])).toEqual({
    stdout: "echo,hello",
    stderr: "é",
    exitCode: 3,
  });
});

test("a refusal names the call, the status and the runtime's words", async () => {
  const details = 'sandbox "x" not found';
  await serve({ PodSandboxStatus: (_call, answer) => answer({ code: status.NOT_FOUND, details }) });
  await expect(client.podSandboxStatus("x")).rejects.toMatchObject({
    name: "CriError",
    method: "PodSandboxStatus",
    code: "NOT_FOUND",
    details,
  });
});

test("a runtime that never answers meets the deadline", async () => {
  await serve({ RunPodSandbox: () => undefined });
  const config = { metadata: { name: "web", namespace: "shop", uid: "u1" } };
  await expect(client.runPodSandbox(config, 50)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
});

test("networks are read from containerd's verbose status; none before it has loaded any", async () => {
  const networks = { Networks: [{ Config: { Name: "cni-loopback" } }, { Config: { Name: "pods" } }] };
  const infos = [{ cniconfig: JSON.stringify(networks), lastCNILoadStatus: "OK" }, {}];
  await serve({ Status: (_call, answer) => answer(null, { info: infos.shift() }) });
  expect(await client.networks()).toEqual(["cni-loopback", "pods"]);
  expect(await client.networks()).toEqual([]);
});
