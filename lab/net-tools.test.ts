import { expect, test } from "bun:test";
import { run } from "./command.ts";

const tool = [process.execPath, `${import.meta.dir}/net-tools.ts`];
const connect = async (protocol: string, port: number, timeout = 5_000) =>
  JSON.parse(await run([...tool, "connect", protocol, "127.0.0.1", `${port}`, `${timeout}`]));

/** A port nobody serves, of those the kernel gives out. */
function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  server.stop(true);
  return server.port;
}

test.each(["tcp", "udp"])(
  "%s: a client hears the server's answer, and is refused without one",
  async (protocol) => {
    const port = freePort();
    expect(await connect(protocol, port)).toEqual({ outcome: "refused" });
    const server = Bun.spawn([...tool, "listen", protocol, `${port}`, "web-1"], { stdout: "pipe" });
    await server.stdout.getReader().read();
    expect(await connect(protocol, port)).toEqual({ outcome: "answered", answer: "web-1" });
    server.kill();
    await server.exited;
  },
);

test("a server that says nothing is a timeout", async () => {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  expect(await connect("tcp", server.port, 100)).toEqual({ outcome: "timeout" });
  server.stop(true);
});
