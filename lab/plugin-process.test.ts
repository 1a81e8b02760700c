import { expect, test } from "bun:test";
import { callPlugin, type PluginCall } from "./plugin-process.ts";

function call(script: string, options: Partial<PluginCall> = {}) {
  return callPlugin({ argv: ["sh", "-c", script], verb: "ADD", environment: {}, config: {}, ...options });
}

test("gives the plugin its environment and configuration", async () => {
  const outcome = await call(
    `printf '{"verb":"%s","ifname":"%s","config":%s}' $CNI_COMMAND $CNI_IFNAME "$(cat)"`,
    {
      environment: { CNI_IFNAME: "eth0" },
      config: { type: "x" },
    },
  );
  expect(outcome).toMatchObject({
    kind: "success",
    result: { verb: "ADD", ifname: "eth0", config: { type: "x" } },
  });
});

test("no answer is a success without a result", async () => {
  expect(await call("exit 0", { verb: "DEL" })).toMatchObject({ kind: "success", result: undefined });
});

test("a CNI error on standard output is an error", async () => {
  const outcome = await call(`echo '{"code":7,"msg":"bad"}'; echo log >&2; exit 1`);
  expect(outcome).toMatchObject({
    kind: "error",
    error: { code: 7, msg: "bad" },
    stderr: "log\n",
    exitCode: 1,
  });
});

test.each([
  ["echo hello", "exit 0 with something other than JSON"],
  ["exit 2", "exit 2 without a CNI error"],
  ["echo '{}'; exit 1", "exit 1 without a CNI error"],
  ["kill -9 $$", "killed by SIGKILL"],
])("%s is a crash", async (script, reason) => {
  expect(await call(script)).toMatchObject({ kind: "crash", reason });
});

test("is killed when asked for", async () => {
  const outcome = await call("exec sleep 60", { kill: { after: 20, signal: "SIGTERM" } });
  expect(outcome).toMatchObject({ kind: "crash", signal: "SIGTERM" });
});
