import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAX_CONFIG_BYTES } from "../cni/stdin.ts";
import { createLogger } from "../log.ts";
import type { AskedCall } from "./asked-call.ts";
import type { Calls } from "./calls.ts";
import { createAgentServer } from "./server.ts";
import { listening } from "./socket.ts";

const directory = mkdtempSync(join(tmpdir(), "skynet-server-"));
const unix = join(directory, "s.sock");
const log = createLogger({ level: "error", file: join(directory, "log") });
let asked: AskedCall[] = [];
let server: ReturnType<typeof createAgentServer>;

const calls = {
  async serve(call, _gone, deliver) {
    asked.push(call);
    await deliver({ status: 200, body: '{"answer":1}' });
  },
} as Pick<Calls, "serve"> as Calls;

beforeEach(async () => {
  asked = [];
  const routes = { "/page": async ({ url }: { url: URL }) => ({ body: `page ${url.search}` }) };
  server = createAgentServer({ calls, routes, log });
  await listening(server, { path: unix });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(unix, { force: true });
});

afterAll(() => rmSync(directory, { recursive: true }));

async function ask(path: string, body?: string): Promise<{ status: number; text: string }> {
  const method = body === undefined ? "GET" : "POST";
  const response = await fetch(`http://skynet${path}`, { unix, method, ...(body !== undefined && { body }) });
  return { status: response.status, text: await response.text() };
}

test("a call is handed on whole, however large, and answered", async () => {
  const stdin = "x".repeat(MAX_CONFIG_BYTES);
  const body = JSON.stringify({ id: "a1", env: { CNI_COMMAND: "ADD", PATH: "/bin" }, stdin });
  expect(await ask("/v1/cni", body)).toEqual({ status: 200, text: '{"answer":1}' });
  expect(asked).toEqual([expect.objectContaining({ id: "a1", env: { CNI_COMMAND: "ADD" }, stdin })]);
});

test("what is no call, or larger than one can be, is the asker's fault", async () => {
  expect(await ask("/v1/cni", "{")).toEqual({ status: 400, text: "the body must be a JSON object\n" });
  const { status, text } = await ask("/v1/cni", "x".repeat(2 * MAX_CONFIG_BYTES + 1));
  expect([status, text]).toEqual([400, `the body has more than ${2 * MAX_CONFIG_BYTES} bytes\n`]);
  expect(asked).toEqual([]);
});

test("who leaves within its request leaves nothing behind", async () => {
  const gone = Promise.withResolvers<void>();
  server.once("connection", (socket) => socket.once("close", gone.resolve));
  const socket = connect(unix, () => {
    socket.write("POST /v1/cni HTTP/1.1\r\nHost: skynet\r\nContent-Length: 100\r\n\r\n{", () =>
      socket.destroy(),
    );
  });
  await gone.promise;
  expect(await ask("/page")).toEqual({ status: 200, text: "page " });
  expect(asked).toEqual([]);
});

test("pages are got, with their questions; others are named", async () => {
  expect(await ask("/page?verbose=1")).toEqual({ status: 200, text: "page ?verbose=1" });
  expect(await ask("/v1/cni")).toEqual({ status: 405, text: "only POST is served here\n" });
  expect(await ask("/page", "x")).toEqual({ status: 405, text: "only GET is served here\n" });
  expect(await ask("/nothing")).toEqual({
    status: 404,
    text: "there is nothing at /nothing; there is: /page\n",
  });
});
