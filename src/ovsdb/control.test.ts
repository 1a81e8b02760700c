import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import type { UnixSocketListener } from "bun";
import { ControlClient } from "./control.ts";
import { JsonStream } from "./framing.ts";

type Question = { id: number; method: string; params: string[] };

let folder: string;
let server: UnixSocketListener<JsonStream>;
let answer: (question: Question) => { result: unknown; error: unknown };

beforeEach(() => {
  folder = mkdtempSync("/tmp/ovs-control-test-");
  server = Bun.listen<JsonStream>({
    unix: `${folder}/daemon.ctl`,
    socket: {
      open: (socket) => {
        socket.data = new JsonStream();
      },
      data: (socket, piece) => {
        for (const question of socket.data.push(piece) as Question[]) {
          socket.write(JSON.stringify({ id: question.id, ...answer(question) }));
        }
      },
    },
  });
});

afterEach(() => {
  server.stop(true);
  rmSync(folder, { recursive: true });
});

const signal = () => AbortSignal.timeout(5_000);
const connect = () => ControlClient.connect(`${folder}/daemon.ctl`, signal());

test("a command is asked with its arguments, and answers what it prints", async () => {
  answer = ({ method, params }) => ({ result: `${method}: ${params.join("+")}\n`, error: null });
  using client = await connect();
  expect(await client.run("dpctl/show", ["a", ""], signal())).toBe("dpctl/show: a+\n");
  expect(await client.run("version", [], signal())).toBe("version: \n");
});

test("a refusal has the daemon's own words", async () => {
  answer = () => ({ result: null, error: "no such datapath\n" });
  using client = await connect();
  await expect(client.run("dpctl/show", [], signal())).rejects.toMatchObject({
    reason: "refused",
    message: `${folder}/daemon.ctl: no such datapath`,
  });
});

test("what is no text is not for a command", async () => {
  answer = () => ({ result: [1], error: null });
  using client = await connect();
  await expect(client.run("version", [], signal())).rejects.toMatchObject({ reason: "protocol" });
});

test("a daemon that is gone cannot be reached", async () => {
  server.stop(true);
  await expect(connect()).rejects.toMatchObject({ reason: "unreachable" });
});
