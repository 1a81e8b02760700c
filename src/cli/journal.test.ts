import { expect, test } from "bun:test";
import { openStore } from "../state/index.ts";
import { journal } from "./journal.ts";
import { FakeTerminal, temporaryFolder } from "./test-support.ts";

function shown(dir: string, json = false): string {
  const terminal = new FakeTerminal();
  journal(terminal, { stateDir: dir, json });
  return terminal.output;
}

test("a row says device, port, age, attempts, next try and why", () => {
  using dir = temporaryFolder();
  const store = openStore(dir.path);
  store.journal.add({
    network: "skynet",
    deviceId: "skynet:c1:eth0",
    portId: "port-1",
    reason: "no connection",
  });
  store.journal.add({
    network: "skynet",
    deviceId: "skynet:c2:eth0",
    reason: "its creation was never answered",
    notBefore: Date.now() + 3_600_000 * 2.5,
  });
  store.close();
  const [titles, first, second] = shown(dir.path).split("\n");
  expect(titles).toMatch(/^NETWORK +DEVICE +PORT +AGE +ATTEMPTS +NEXT TRY +REASON$/);
  expect(first).toMatch(/^skynet +skynet:c1:eth0 +port-1 +\ds +0 +due +no connection$/);
  expect(second).toMatch(/^skynet +skynet:c2:eth0 +- +\ds +0 +in 2h +its creation was never answered$/);
});

test("after a try, its error takes the place of the first reason", () => {
  using dir = temporaryFolder();
  const store = openStore(dir.path);
  store.journal.add({ network: "skynet", deviceId: "d", reason: "no connection" });
  const [entry] = store.journal.claim("skynet", 1);
  if (entry === undefined) throw new Error("the entry was due");
  store.journal.failed(entry, "403 from Neutron");
  store.close();
  expect(shown(dir.path).split("\n")[1]).toMatch(/ 1 +in \ds +403 from Neutron$/);
  expect(JSON.parse(shown(dir.path, true))).toMatchObject([
    { network: "skynet", deviceId: "d", reason: "no connection", attempts: 1, lastError: "403 from Neutron" },
  ]);
});

test("an empty journal says so", () => {
  using dir = temporaryFolder();
  expect(shown(dir.path)).toContain(`no delete is pending on this node (store: ${dir.path})`);
  expect(shown(dir.path, true)).toBe("[]\n");
});
