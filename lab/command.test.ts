import { expect, test } from "bun:test";
import { attempt, run } from "./command.ts";

test("answers what the command printed", async () => {
  expect(await run(["cat"], { stdin: "hello" })).toBe("hello");
});

test("fails with the command line, its status and what it said", async () => {
  const failed = run(["sh", "-c", "echo out; echo why >&2; exit 3"]);
  await expect(failed).rejects.toThrow(/^sh -c .*: exit 3\nwhy$/);
});

test("kills a command that takes longer than it may", async () => {
  expect(await attempt(["sleep", "60"], { timeout: 20 })).toMatchObject({
    exitCode: null,
    signal: "SIGKILL",
  });
});
