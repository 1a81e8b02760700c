import { expect, test } from "bun:test";
import { VERSION } from "../version.ts";
import { runCommandLine } from "./main.ts";
import { FakeTerminal, temporaryFolder } from "./test-support.ts";

async function run(...args: string[]): Promise<{ exitCode: number; output: string; errors: string }> {
  const terminal = new FakeTerminal();
  const exitCode = await runCommandLine(args, terminal);
  return { exitCode, output: terminal.output, errors: terminal.errors };
}

test("without arguments: name, version and CNI versions, on standard error", async () => {
  const { exitCode, output, errors } = await run();
  expect(exitCode).toBe(0);
  expect(output).toBe("");
  expect(errors).toContain(`skynet ${VERSION}`);
  expect(errors).toContain("0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0");
  expect(errors).toContain("--help");
});

test("--version and --help go to standard output", async () => {
  expect(await run("--version")).toEqual({ exitCode: 0, output: `skynet ${VERSION}\n`, errors: "" });
  const help = await run("--help");
  expect(help.exitCode).toBe(0);
  for (const command of ["config", "attachments", "journal"]) expect(help.output).toContain(command);
});

test.each([
  [["fly"], "unknown command 'fly'"],
  [["--fast"], "unknown option '--fast'"],
  [["config"], "missing required argument 'file'"],
  [["journal", "fly"], "too many arguments"],
  [["attachments", "--config", "a", "--state-dir", "b"], "cannot be used with"],
  [["journal", "drain", "--state-dir", "b"], "unknown option '--state-dir'"],
])("%j is wrong use: exit code 2", async (args, message) => {
  const { exitCode, output, errors } = await run(...args);
  expect(exitCode).toBe(2);
  expect(output).toBe("");
  expect(errors).toContain(message);
});

test("a failure is one line on standard error: exit code 1", async () => {
  const { exitCode, output, errors } = await run("config", "/no/such/file");
  expect({ exitCode, output, errors }).toEqual({
    exitCode: 1,
    output: "",
    errors: "skynet: /no/such/file does not exist\n",
  });
});

test("options after a command are that command's", async () => {
  using dir = temporaryFolder();
  expect(await run("attachments", "--state-dir", dir.path, "--json")).toMatchObject({ output: "[]\n" });
  expect(await run("journal", "--state-dir", dir.path, "--json")).toMatchObject({ output: "[]\n" });
  const drain = await run("journal", "drain", "--config", "/no/such/file");
  expect(drain).toMatchObject({ exitCode: 1, errors: "skynet: /no/such/file does not exist\n" });
});
