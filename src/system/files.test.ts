import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { SystemCallError } from "./errno.ts";
import { openForAppending, openLockFile, readText, writeAll, writeSetting } from "./files.ts";
import { close } from "./libc.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync("/tmp/skynet-files-");
});
afterEach(() => rmSync(directory, { recursive: true }));

test("readText reads files longer than a chunk, and characters that lie across two", () => {
  const text = `${"x".repeat(4095)}ü${"語".repeat(3000)}`;
  writeFileSync(`${directory}/long`, text);
  expect(readText(`${directory}/long`)).toBe(text);
});

test("readText reads files of /proc, which have no size", () => {
  expect(readText("/proc/self/stat")).toStartWith(`${process.pid} (`);
});

test("what cannot be opened is named", () => {
  expect(() => readText(`${directory}/none`)).toThrow(`open ${directory}/none: ENOENT`);
  expect(() => writeSetting(`${directory}/none`, "1")).toThrow(SystemCallError);
});

test("writeSetting keeps what a longer file holds behind it", () => {
  writeFileSync(`${directory}/setting`, "0\n");
  writeSetting(`${directory}/setting`, "1");
  expect(readFileSync(`${directory}/setting`, "utf8")).toBe("1\n");
});

test("openForAppending makes a file with its mode, and goes on at its end", () => {
  for (const text of ["one\n", "two\n"]) {
    const fd = openForAppending(`${directory}/log`, 0o600);
    writeAll(fd, text);
    close(fd);
  }
  expect(readFileSync(`${directory}/log`, "utf8")).toBe("one\ntwo\n");
  expect(statSync(`${directory}/log`).mode & 0o777).toBe(0o600);
});

test("openLockFile makes its directory, and says what is in its place", () => {
  close(openLockFile(`${directory}/new/state/a.lock`));
  expect(statSync(`${directory}/new/state`).mode & 0o777).toBe(0o700);
  expect(statSync(`${directory}/new/state/a.lock`).mode & 0o777).toBe(0o600);
  writeFileSync(`${directory}/file`, "");
  expect(() => openLockFile(`${directory}/file/a.lock`)).toThrow(/file already exists/);
  expect(() => openLockFile(`${directory}/file/state/a.lock`)).toThrow(/not a directory/);
});

test("writeAll writes more than a pipe holds, to a reader that takes its time", async () => {
  const program = `
    import { writeAll } from "${import.meta.dir}/files.ts";
    writeAll(1, "ü".repeat(500_000));`;
  const writer = Bun.spawn([process.execPath, "-e", program], { stdout: "pipe" });
  expect((await new Response(writer.stdout).text()).length).toBe(500_000);
  expect(await writer.exited).toBe(0);
});

test("readChunks waits for a writer that takes its time, and ends with it", async () => {
  const program = `
    import { readChunks, writeAll } from "${import.meta.dir}/files.ts";
    let length = 0;
    for (const chunk of readChunks(0)) {
      length += chunk.byteLength;
      writeAll(1, String(length) + "\\n");
    }`;
  const reader = Bun.spawn([process.execPath, "-e", program], { stdin: "pipe", stdout: "pipe" });
  const lines = reader.stdout.getReader();
  const nextLine = async () => new TextDecoder().decode((await lines.read()).value);
  for (const [text, length] of [
    ["ab", "2\n"],
    ["cde", "5\n"],
  ] as const) {
    reader.stdin.write(text);
    reader.stdin.flush();
    expect(await nextLine()).toBe(length);
  }
  await reader.stdin.end();
  expect(await reader.exited).toBe(0);
});
