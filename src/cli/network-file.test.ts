import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { findNetworkFile, readNetworkFile } from "./network-file.ts";
import { temporaryFolder } from "./test-support.ts";

const bridge = { type: "bridge", name: "other" };
const skynet = { type: "skynet", plugin: { plugin_type: "linuxbridge" } };

function write(dir: string, name: string, content: unknown): string {
  const path = join(dir, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

test("a .conf file is the configuration itself", () => {
  using dir = temporaryFolder();
  const path = write(dir.path, "20-skynet.conf", { ...skynet, name: "n", cniVersion: "1.0" });
  expect(readNetworkFile(path)).toEqual({ path, config: { ...skynet, name: "n", cniVersion: "1.0" } });
});

test("of a .conflist the entry of type skynet is taken, with the list's name and version", () => {
  using dir = temporaryFolder();
  const path = write(dir.path, "20.conflist", {
    name: "n",
    cniVersion: "1.0.0",
    plugins: [bridge, { ...skynet, name: "of the entry" }],
  });
  expect(readNetworkFile(path).config).toEqual({ ...skynet, name: "n", cniVersion: "1.0.0" });
});

test.each([
  ["a.conf", "{\n  x", "is not JSON at line 2, column 3"],
  ["a.conf", " ", "is not JSON: it is empty"],
  ["a.conf", "[]", "must hold a JSON object, and holds a list"],
  ["a.conf", bridge, 'has no network of type "skynet": its type is "bridge"'],
  ["a.conf", { name: "n" }, "its type is missing"],
  ["a.conf", { name: "n", plugins: [skynet] }, "rename it"],
  ["a.conflist", { name: "n", plugins: {} }, "plugins is an object: it must be a list"],
  ["a.conflist", { name: "n", plugins: [bridge] }, 'lists no plugin of type "skynet"'],
  ["a.conflist", { name: "n", plugins: [skynet, skynet] }, 'lists 2 plugins of type "skynet"'],
])("%s with %j is refused: %s", (name, content, message) => {
  using dir = temporaryFolder();
  const path = write(dir.path, name, content);
  expect(() => readNetworkFile(path)).toThrow(message);
  expect(() => readNetworkFile(path)).toThrow(path);
});

test("a file that is not there, and a directory, are said to be just that", () => {
  using dir = temporaryFolder();
  expect(() => readNetworkFile(join(dir.path, "no.conf"))).toThrow("no.conf does not exist");
  expect(() => readNetworkFile(dir.path)).toThrow("is a directory, not a file");
});

test("the first file by name with an entry for skynet is found; other endings do not count", () => {
  using dir = temporaryFolder();
  write(dir.path, "10-other.conflist", { name: "o", plugins: [bridge] });
  write(dir.path, "15-broken.conf", "{");
  write(dir.path, "05-skynet.conf.bak", { ...skynet, name: "backup" });
  write(dir.path, "30-skynet.conf", { ...skynet, name: "second" });
  const first = write(dir.path, "20-skynet.conf", { ...skynet, name: "first" });
  expect(findNetworkFile(dir.path).path).toBe(first);
});

test("when there is none, the message names every file that was looked at", () => {
  using dir = temporaryFolder();
  expect(() => findNetworkFile(dir.path)).toThrow(`${dir.path} has no .conf, .conflist or .json file`);
  expect(() => findNetworkFile(join(dir.path, "absent"))).toThrow("absent does not exist");
  const path = write(dir.path, "10-other.conf", bridge);
  expect(() => findNetworkFile(dir.path)).toThrow(path);
  expect(() => findNetworkFile(dir.path)).toThrow("--config");
});
