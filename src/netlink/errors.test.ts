import { expect, test } from "bun:test";
import { errnoOf } from "../system/errno.ts";
import {
  isExist,
  isMissingNamespace,
  isNoDevice,
  isUnreachable,
  NamespaceError,
  NetlinkError,
} from "./errors.ts";

test("a refusal names the operation, the kernel's words and the number's name", () => {
  const error = new NetlinkError(101, "add route 10.1.0.0/16", "Nexthop has invalid gateway");
  expect(error.message).toBe("add route 10.1.0.0/16: Nexthop has invalid gateway (ENETUNREACH)");
  expect(new NetlinkError(17, "create bridge brq0").message).toBe("create bridge brq0: EEXIST");
  expect(new NetlinkError(1, "create bridge brq0").message).toBe(
    "create bridge brq0: EPERM: skynet must run as root (CAP_NET_ADMIN)",
  );
  expect(new NetlinkError(4095, "x").code).toBe("errno 4095");
});

test("guards tell refusals apart", () => {
  const exists = new NetlinkError(errnoOf("EEXIST"), "x");
  expect(isExist(exists)).toBe(true);
  expect(isNoDevice(exists)).toBe(false);
  expect(isExist(Object.assign(new Error("x"), { code: "EEXIST" }))).toBe(false);
  expect(isUnreachable(new NetlinkError(errnoOf("EHOSTUNREACH"), "x"))).toBe(true);
  expect(() => errnoOf("EWHAT")).toThrow(RangeError);
});

test("a namespace that cannot be used is named, with the reason", () => {
  expect(new NamespaceError("/run/netns/x", "missing").message).toBe(
    "the network namespace /run/netns/x is missing",
  );
  expect(new NamespaceError("/run/netns/x", "permission").message).toContain("must run as root");
});

test("a namespace that may not be entered is not a missing one", () => {
  expect(isMissingNamespace(new NamespaceError("/run/netns/x", "missing"))).toBe(true);
  expect(isMissingNamespace(new NamespaceError("/run/netns/x", "not a network namespace"))).toBe(true);
  expect(isMissingNamespace(new NamespaceError("/run/netns/x", "permission"))).toBe(false);
});
