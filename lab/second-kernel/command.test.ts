import { expect, test } from "bun:test";
import { commandScript, guestEnvironment } from "./command.ts";

test("the guest gets the variables tests look at, and no others", () => {
  const environment = {
    PATH: "/bin",
    CI: "1",
    SKYNET_SOAK: "1",
    SSH_AUTH_SOCK: "/run/agent",
    HOME: undefined,
  };
  expect(guestEnvironment(environment)).toEqual({ PATH: "/bin", CI: "1", SKYNET_SOAK: "1" });
});

test("the machine's lab is not the guest's", () => {
  expect(guestEnvironment({ SKYNET_LAB: "e2e", SKYNET_LAB_DIR: "/tmp/e2e" })).toEqual({});
});

test("words, folders and values arrive as they are", async () => {
  const words = ["a b", "it's", "$HOME", '"', "\n", ""];
  const script = commandScript(["printf", "%s|", ...words], "/", { SKYNET_X: "'$1'" });
  const shell = Bun.spawn(["sh", "-c", `${script.replace("exit $?", "")}printf %s "$SKYNET_X$PWD"`]);
  expect(await new Response(shell.stdout).text()).toBe(`${words.join("|")}|'$1'/`);
});

test("the script exits as the command does", async () => {
  expect(await Bun.spawn(["sh", "-c", commandScript(["sh", "-c", "exit 7"], "/", {})]).exited).toBe(7);
});

test("a folder that the guest does not have is the guest's failure, not the command's", async () => {
  const shell = Bun.spawn(["sh", "-c", commandScript(["true"], "/no/such", {})], { stderr: "ignore" });
  expect(await shell.exited).toBe(125);
});
