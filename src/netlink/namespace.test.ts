import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { NamespaceError } from "./errors.ts";
import { isOwnNamespace, Namespace } from "./namespace.ts";

test("a process knows its own namespace by any path", () => {
  expect(isOwnNamespace("/proc/self/ns/net")).toBe(true);
  expect(isOwnNamespace(`/proc/${process.pid}/ns/net`)).toBe(true);
});

test.each([
  ["/proc/self/ns/none", "network namespace /proc/self/ns/none is missing"],
  ["/proc/self/ns/mnt", "/proc/self/ns/mnt is not a network namespace"],
  ["/proc/self/status", "/proc/self/status is not a network namespace"],
])("%s is refused: %s", (path, message) => {
  const open = () => Namespace.open(path);
  expect(open).toThrow(NamespaceError);
  expect(open).toThrow(message);
});

test("a FIFO is refused without waiting for who writes into it", () => {
  const path = join(mkdtempSync(join(tmpdir(), "skynet-namespace-")), "fifo");
  try {
    Bun.spawnSync(["mkfifo", path]);
    expect(() => Namespace.open(path)).toThrow(`${path} is not a network namespace`);
  } finally {
    rmSync(dirname(path), { recursive: true });
  }
});

test("a process that can open nothing does not take a namespace for missing", async () => {
  const script = `
    import { Namespace } from ${JSON.stringify(`${import.meta.dir}/namespace.ts`)};
    import * as libc from ${JSON.stringify(`${import.meta.dir}/../system/libc.ts`)};
    const code = (action) => { try { action(); } catch (error) { return error.name + " " + error.code; } };
    code(() => { for (;;) libc.open("/dev/null", libc.O_RDONLY); });
    process.stdout.write(String(code(() => Namespace.open("/proc/self/ns/net"))));`;
  const shell = ["sh", "-c", 'ulimit -n 64 && exec "$0" -e "$1"', process.execPath, script];
  const child = Bun.spawn(shell, { stderr: "inherit" });
  expect(await new Response(child.stdout).text()).toBe("SystemCallError EMFILE");
});
