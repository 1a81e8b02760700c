import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TemporaryFolder } from "../../src/kubernetes/testdata/index.ts";

/** Reads lines until one begins with `listening on `, and gives what follows. */
async function announced(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of output) {
    text += new TextDecoder().decode(chunk);
    const url = /^listening on (.*)\n/m.exec(text)?.[1];
    if (url !== undefined) {
      return url;
    }
  }
  throw new Error(`the server ended after saying: ${text}`);
}

test("the process says where it listens, leaves its pid, and ends with SIGTERM", async () => {
  using folder = new TemporaryFolder();
  const pidfile = join(folder.path, "pid");
  const script = join(import.meta.dir, "main.ts");
  const argv = [process.execPath, script, "--listen", "127.0.0.1:0", "--token", "t", "--pidfile", pidfile];
  const server = Bun.spawn(argv, { stderr: "inherit" });
  try {
    const url = await announced(server.stdout);
    expect(readFileSync(pidfile, "utf8")).toBe(`${server.pid}\n`);
    expect((await fetch(`${url}/version`)).status).toBe(401);
    expect((await fetch(`${url}/version`, { headers: { Authorization: "Bearer t" } })).status).toBe(200);
  } finally {
    server.kill("SIGTERM");
  }
  expect(await server.exited).toBe(0);
  expect(existsSync(pidfile)).toBe(false);
});
