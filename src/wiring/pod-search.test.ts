import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namespacePaths } from "./pod-search.ts";

test("namespaces are looked for beside those that are known, in folders that are there", () => {
  const folder = mkdtempSync(join(tmpdir(), "skynet-netns-"));
  try {
    writeFileSync(join(folder, "pod"), "");
    const found = namespacePaths([join(folder, "gone"), "/nowhere/gone", "/proc/1/ns/net"]);
    expect(found).toContain(join(folder, "pod"));
    expect(found.filter((path) => /^\/(nowhere|proc)\//.test(path))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a process that can open nothing does not take folders for empty", async () => {
  const script = `
    import { namespacePaths } from "${import.meta.dir}/pod-search.ts";
    import { open } from "${import.meta.dir}/../system/libc.ts";
    const known = ["${import.meta.dir}/pod"];
    try { for (;;) open("/dev/null", 0); } catch {}
    try { process.stdout.write(String(namespacePaths(known).length)); }
    catch (error) { process.stdout.write(error.code); }`;
  const shell = ["sh", "-c", 'ulimit -n 64 && exec "$0" -e "$1"', process.execPath, script];
  const child = Bun.spawn(shell, { stderr: "inherit" });
  expect(await new Response(child.stdout).text()).toBe("EMFILE");
});
