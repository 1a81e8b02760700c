import { expect, test } from "bun:test";
import { close, SOCK_STREAM } from "../system/libc.ts";
import { connectUnix } from "../system/unix-socket.ts";
import { askAgent, parseAnswer } from "./exchange.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\nX: 1\r\n\r\n{"ü":"é"}';

test("an answer is complete with its last byte, wherever the parts are cut", () => {
  const whole = bytes(ANSWER.replace(": 9", ": 11"));
  for (let length = 0; length < whole.byteLength; length++) {
    expect(parseAnswer(whole.subarray(0, length))).toBeUndefined();
  }
  expect(parseAnswer(whole)).toEqual({ kind: "answered", status: 200, body: '{"ü":"é"}' });
});

test("an answer without a body is complete with its head", () => {
  expect(parseAnswer(bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))).toEqual({
    kind: "answered",
    status: 200,
    body: "",
  });
});

test.each(["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\nhello"])("%p is no answer", (text) => {
  expect(parseAnswer(bytes(text))).toEqual({ kind: "lost", reason: "it answered something else than HTTP" });
});

/** Connects until nobody more fits into the queue. @returns the descriptors */
function fillQueue(socket: string): number[] {
  const connections: number[] = [];
  try {
    for (;;) connections.push(connectUnix(SOCK_STREAM, socket, 10));
  } catch {
    return connections;
  }
}

test("a signal does not end the wait for an agent whose queue is full", async () => {
  const name = `skynet-full-${process.pid}`;
  const script = `require("node:net").createServer().listen("\\0${name}", () => {
    require("node:fs").writeSync(1, "listening");
    process.kill(process.pid, "SIGSTOP");
  });`;
  await using agent = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", killSignal: "SIGKILL" });
  await agent.stdout.getReader().read();
  const connections = fillQueue(`@${name}`);
  const ignore = () => undefined;
  process.on("SIGUSR2", ignore);
  try {
    const signaller = Bun.spawn(["sh", "-c", `sleep 0.2; kill -USR2 ${process.pid}`]);
    const exchange = askAgent(`@${name}`, () => "", 800);
    expect(exchange).toEqual({ kind: "lost", reason: "it takes no connections" });
    await signaller.exited;
  } finally {
    process.off("SIGUSR2", ignore);
    connections.forEach(close);
    agent.kill("SIGKILL");
  }
});

test("an agent that takes a part of a long request and hangs has no more time than for all of it", async () => {
  const name = `skynet-deaf-${process.pid}`;
  const script = `require("node:net").createServer({ pauseOnConnect: true }, () => {}).listen(
    "\\0${name}", () => console.log("listening"));`;
  await using agent = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  await agent.stdout.getReader().read();
  const askedAt = performance.now();
  const exchange = askAgent(`@${name}`, () => "x".repeat(1_000_000), 1500);
  expect(exchange).toEqual({ kind: "lost", reason: "it did not answer in time" });
  expect(performance.now() - askedAt).toBeLessThan(2 * 1500);
});
