import { expect, test } from "bun:test";
import { join } from "node:path";
import { openStore } from "../state/index.ts";
import { openForAppending } from "../system/files.ts";
import { close, tryLock } from "../system/libc.ts";
import { release } from "./release.ts";
import { FakeTerminal, temporaryFolder } from "./test-support.ts";

/** A node whose agent, if there is one, does not answer. */
async function nodeIn(dir: string): Promise<string> {
  const path = join(dir, "skynet.conf");
  const config = {
    cniVersion: "1.0.0",
    name: "skynet",
    type: "skynet",
    state_dir: dir,
    agent: { socket: join(dir, "agent.sock") },
    neutron: { neutron_url: "http://127.0.0.1:9" },
    plugin: { plugin_type: "linuxbridge", network: "pods" },
  };
  await Bun.write(path, JSON.stringify(config));
  return path;
}

test("no port is released under an agent that does not answer", async () => {
  using dir = temporaryFolder();
  const config = await nodeIn(dir.path);
  const store = openStore(dir.path);
  store.hotPorts.making("pool", "skynet", ["skynet:pool:1"]);
  const lock = openForAppending(join(dir.path, "agent.lock"), 0o600);
  expect(tryLock(lock)).toBe(true);
  try {
    await expect(release(new FakeTerminal(), { config })).rejects.toThrow("an agent of this node still runs");
    expect(store.hotPorts.list()).toHaveLength(1);
  } finally {
    close(lock);
    store.close();
  }
});

test("without agent and ports there is nothing to release", async () => {
  using dir = temporaryFolder();
  const terminal = new FakeTerminal();
  expect(await release(terminal, { config: await nodeIn(dir.path) })).toBe(0);
  expect(terminal.output).toBe('network "skynet": 0 ports released\n');
});
