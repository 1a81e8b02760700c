import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore, type Store } from "../state/index.ts";
import { forgetViews, projectSecurityGroups } from "./views.ts";
import type { World } from "./world.ts";

let folder: string;
let store: Store;
let lists: PromiseWithResolvers<{ id: string; project_id: string }[]>[];
let later: (() => Promise<void> | void)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skynet-views-"));
  store = openStore(folder);
  lists = [];
  later = [];
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** A Neutron whose lists of security groups are answered one by one, by the test. */
function world(withAgent: boolean): World {
  const list = () => {
    const asked = Promise.withResolvers<{ id: string; project_id: string }[]>();
    lists.push(asked);
    return asked.promise;
  };
  const agent = {
    later: (_name: string, work: (signal: AbortSignal) => Promise<void> | void) =>
      void later.push(() => work(new AbortController().signal)),
  };
  return {
    store,
    endpointKey: "one",
    neutron: { list, projectId: async () => "p" },
    deadline: { signal: new AbortController().signal },
    ...(withAgent ? { agent } : {}),
  } as unknown as World;
}

const groups = (...ids: string[]) => ids.map((id) => ({ id, project_id: "p" }));

async function asked(count: number): Promise<void> {
  while (lists.length < count) await Bun.sleep(1);
}

/** Makes everything that is remembered ten minutes old. */
function age(): void {
  const now = Date.now;
  Date.now = () => now() - 600_000;
  for (const key of ["one/security-groups"]) store.cache.set(key, store.cache.look(key)?.value);
  Date.now = now;
}

test("without an agent what is old is read anew before the pod goes on", async () => {
  const first = projectSecurityGroups(world(false));
  await asked(1);
  lists[0]?.resolve(groups("b", "a"));
  expect(await first).toEqual(["a", "b"]);
  expect(await projectSecurityGroups(world(false))).toEqual(["a", "b"]);
  age();
  const second = projectSecurityGroups(world(false));
  await asked(2);
  lists[1]?.resolve(groups("c"));
  expect(await second).toEqual(["c"]);
});

test("with one the pod goes on with what is old, and it is read anew behind its back", async () => {
  store.cache.set("one/security-groups", ["a"]);
  age();
  expect(await projectSecurityGroups(world(true))).toEqual(["a"]);
  expect(lists).toHaveLength(0);
  const reading = later[0]?.();
  await asked(1);
  lists[0]?.resolve(groups("c"));
  await reading;
  expect(await projectSecurityGroups(world(true))).toEqual(["c"]);
});

test("pods that need the same at the same time read it once", async () => {
  const pods = [1, 2, 3].map(() => projectSecurityGroups(world(true)));
  await asked(1);
  lists[0]?.resolve(groups("a"));
  expect(await Promise.all(pods)).toEqual([["a"], ["a"], ["a"]]);
  expect(lists).toHaveLength(1);
  forgetViews(world(true));
  const next = projectSecurityGroups(world(true));
  await asked(2);
  lists[1]?.resolve(groups("b"));
  expect(await next).toEqual(["b"]);
});

test("what fails for the one that reads, the others try themselves", async () => {
  const first = projectSecurityGroups(world(true));
  const second = projectSecurityGroups(world(true));
  await asked(1);
  lists[0]?.reject(new Error("its time is over"));
  await expect(first).rejects.toThrow("its time is over");
  await asked(2);
  lists[1]?.resolve(groups("a"));
  expect(await second).toEqual(["a"]);
});
