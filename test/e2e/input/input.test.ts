/**
 * Bad input of every kind, given to the built executable as a runtime gives it: each case must end with the right
 * code and a message that names what was wrong and says what to do, leave nothing behind, and tell no secret.
 * `SKYNET_SHOW=1` prints every message, to be read by a person.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../lab/command.ts";
import { inNamespace, netnsPath } from "../../../lab/layout.ts";
import { addNamespace, ipBatch, removeNamespace } from "../../../lab/namespaces.ts";
import { type Finding, type Findings, keyOf } from "./arena.ts";
import { type Case, SECRET } from "./case.ts";
import { tables } from "./cases/index.ts";
import { show } from "./show.ts";

const TIMEOUT_MS = 120_000;
const node = `skti${process.pid}-node`;
const pod = `skti${process.pid}-pod`;
const folder = mkdtempSync(join(tmpdir(), "skynet-input-"));
let findings: Findings;

beforeAll(async () => {
  for (const name of [node, pod]) await addNamespace(name);
  // A NIC with a cable, and an interface that stands in a pod's way.
  await ipBatch(node, ["link add nic0 type veth peer name cable0", "link set cable0 up", "link set nic0 up"]);
  await ipBatch(pod, ["link add busy0 type veth peer name busy1"]);
  const argv = [process.execPath, join(import.meta.dir, "arena.ts"), folder, netnsPath(pod)];
  findings = JSON.parse(await run(inNamespace(node, argv), { timeout: TIMEOUT_MS }));
  if (process.env.SKYNET_SHOW) console.log(show(findings));
}, TIMEOUT_MS);

afterAll(async () => {
  for (const name of [node, pod]) await removeNamespace(name);
  rmSync(folder, { recursive: true, force: true });
});

for (const { topic, cases } of tables) {
  describe(topic, () => {
    for (const one of cases) test(one.name, () => judge(one, finding(topic, one)));
  });
}

test("all calls together leave node, pod and Neutron as they were", () => {
  expect(findings.after).toEqual([...findings.before]);
});

test("names of cases are unique", () => {
  const keys = tables.flatMap(({ topic, cases }) => cases.map((one) => keyOf(topic, one)));
  expect(keys).toEqual([...new Set(keys)]);
});

function finding(topic: string, one: Case): Finding {
  const found = findings.cases[keyOf(topic, one)];
  if (found === undefined) throw new Error("the case was not run");
  return found;
}

function judge(one: Case, { exitCode, stdout, stderr, left }: Finding): void {
  const message = one.code === 0 ? readSuccess(one, stdout, stderr) : readError(one, stdout);
  expect(exitCode).toBe(one.code === 0 ? 0 : 1);
  for (const pattern of one.says) expect(message).toMatch(pattern);
  expect(left).toEqual([]);
  expect(stdout + stderr).not.toContain(SECRET);
  expect(stdout + stderr).not.toMatch(/\n\s+at |\bundefined\b|\[object /);
}

/** An error is one line with exactly the keys that the specification has. */
function readError(one: Case, stdout: string): string {
  expect(stdout).toMatch(/^\{.*\}\n$/);
  const { cniVersion, code, msg, details, ...rest } = JSON.parse(stdout);
  expect({ cniVersion, code, rest }).toEqual({ cniVersion: expect.any(String), code: one.code, rest: {} });
  expect(["undefined", "string"]).toContain(typeof details);
  return msg;
}

function readSuccess(one: Case, stdout: string, stderr: string): string {
  if ((one.verb ?? "ADD") === "ADD") expect(JSON.parse(stdout)).toHaveProperty("ips");
  else expect(stdout).toBe("");
  return stderr;
}
