import { expect, test } from "bun:test";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { TemporaryFolder } from "../../src/kubernetes/testdata/index.ts";
import { makeCluster } from "./cluster.ts";
import { History } from "./history.ts";
import { keepJournal } from "./journal.ts";
import { startApiServer } from "./server.ts";

test("a server that is started anew has its objects, goes on counting versions, and forgot what came before", async () => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, "journal");
  const open = () => {
    const cluster = makeCluster(new History());
    keepJournal(cluster, path);
    return cluster;
  };
  const first = open();
  for (const name of ["a", "b"]) first.pods.create("shop", { metadata: { name } });
  first.pods.patch("shop", "a", { spec: { nodeName: "n1" } });
  first.pods.delete("shop", "b");
  first.events.create("shop", { metadata: { name: "a.1" }, involvedObject: {} });
  // What a killed server may leave behind.
  appendFileSync(path, '{"version":6,"res');

  const second = open();
  expect(second.pods.list().items).toEqual(first.pods.list().items);
  expect(second.events.list().items).toEqual(first.events.list().items);
  using api = startApiServer({ cluster: second });
  const watch = (version: number) =>
    fetch(`${api.url}/api/v1/pods?watch=1&resourceVersion=${version}&timeoutSeconds=0`);
  expect((await watch(4)).status).toBe(410);
  expect((await watch(5)).status).toBe(200);
  expect(second.pods.create("shop", { metadata: { name: "c" } }).metadata.resourceVersion).toBe("6");
  expect(open().pods.list().items).toEqual(second.pods.list().items);
});
