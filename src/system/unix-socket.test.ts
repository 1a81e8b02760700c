import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { close, recv, SOCK_STREAM, send } from "./libc.ts";
import { connectUnix, isSocketPath, peerOf, setTimeouts } from "./unix-socket.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync("/tmp/skynet-socket-");
});
afterEach(() => rmSync(directory, { recursive: true }));

/** A server in this process, which hears only while nothing here blocks. */
function listen(path: string) {
  const heard = Promise.withResolvers<string>();
  const server = Bun.listen({
    unix: path,
    socket: { data: (_, data) => heard.resolve(data.toString()) },
  });
  return { heard: heard.promise, [Symbol.dispose]: () => server.stop(true) };
}

test.each(["file", "@abstract"])("what is sent on a connection to a %s socket arrives", async (kind) => {
  const path = kind === "file" ? `${directory}/a.sock` : `@skynet-test-${process.pid}`;
  using server = listen(path.replace(/^@/, "\0"));
  const fd = connectUnix(SOCK_STREAM, path, 1_000);
  send(fd, new TextEncoder().encode("hello"));
  expect(await server.heard).toBe("hello");
  expect(peerOf(fd)).toEqual({
    pid: process.pid,
    uid: process.getuid?.() ?? -1,
    gid: process.getgid?.() ?? -1,
  });
  close(fd);
});

test("a receive waits no longer than it may", () => {
  using _server = listen(`${directory}/a.sock`);
  const fd = connectUnix(SOCK_STREAM, `${directory}/a.sock`, 1_000);
  setTimeouts(fd, 5);
  expect(() => recv(fd, new Uint8Array(1))).toThrow("recv: EAGAIN");
  close(fd);
});

test("where nobody listens, nobody is connected to", async () => {
  expect(() => connectUnix(SOCK_STREAM, `${directory}/none.sock`, 10)).toThrow("connect: ENOENT");
  await Bun.write(`${directory}/file`, "");
  expect(() => connectUnix(SOCK_STREAM, `${directory}/file`, 10)).toThrow("connect: ECONNREFUSED");
});

test("an address has room for so many bytes of a path", () => {
  expect(isSocketPath("x".repeat(107))).toBe(true);
  expect(isSocketPath("ü".repeat(54))).toBe(false);
});
