import { expect, test } from "bun:test";

test("exitAtOnce ends the process with its status, and runs nothing that waits for the end", () => {
  const program = `
    import { exitAtOnce } from "${import.meta.dir}/libc.ts";
    process.on("exit", () => console.log("the end"));
    exitAtOnce(3);`;
  const { exitCode, stdout } = Bun.spawnSync([process.execPath, "-e", program]);
  expect(exitCode).toBe(3);
  expect(stdout.toString()).toBe("");
});
