import { expect, test } from "bun:test";
import { NamespaceError } from "./errors.ts";
import { isOwnNamespace, Namespace } from "./namespace.ts";

test("a process knows its own namespace by any path", () => {
  expect(isOwnNamespace("/proc/self/ns/net")).toBe(true);
  expect(isOwnNamespace(`/proc/${process.pid}/ns/net`)).toBe(true);
});

test.each([
  ["/proc/self/ns/none", "network namespace /proc/self/ns/none is missing"],
  ["/proc/self/ns/mnt", "/proc/self/ns/mnt is not a network namespace"],
  ["/proc/self/status", "/proc/self/status is not a network namespace"],
])("%s is refused: %s", (path, message) => {
  const open = () => Namespace.open(path);
  expect(open).toThrow(NamespaceError);
  expect(open).toThrow(message);
});
