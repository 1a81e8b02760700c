import { describe, expect, test } from "bun:test";
import { KubernetesError, type KubernetesErrorDetails, type KubernetesErrorKind } from "./errors.ts";
import { retryDelay } from "./retry.ts";

const busy = new KubernetesError("unavailable", "", { status: 429 });

describe("retryDelay", () => {
  test("spreads the returns", () => {
    expect(retryDelay(busy, null, 0)).toBe(125);
    expect(retryDelay(busy, null, 1)).toBe(375);
    expect(retryDelay(busy, "2", 0)).toBe(2125);
  });

  test("reads a date", () => {
    const inTenSeconds = new Date(Date.now() + 10_000).toUTCString();
    expect(retryDelay(busy, inTenSeconds, 0)).toBeWithin(8000, 10_126);
  });

  test.each(["soon", "-1", "", "Thu, 01 Jan 1970 00:00:00 GMT"])("takes %p for now", (header) => {
    expect(retryDelay(busy, header, 0)).toBe(125);
  });

  test("does not wait for a server that wants long", () => {
    expect(retryDelay(busy, "30", 0)).toBe(30_125);
    expect(retryDelay(busy, "31", 0)).toBeUndefined();
  });

  const cases: [kind: KubernetesErrorKind, details: KubernetesErrorDetails, repeated: boolean][] = [
    ["unavailable", { status: 503 }, true],
    ["unreachable", { reason: "ECONNREFUSED" }, true],
    ["unreachable", { reason: "ECONNRESET" }, true],
    ["unreachable", { reason: "ENOTFOUND" }, false],
    ["tls", { reason: "CERT_HAS_EXPIRED" }, false],
    ["unavailable", { status: 500 }, false],
    ["unauthorized", { status: 401 }, false],
    ["timeout", {}, false],
  ];
  test.each(cases)("%s %j: %p", (kind, details, repeated) => {
    expect(retryDelay(new KubernetesError(kind, "", details), null) !== undefined).toBe(repeated);
  });
});
