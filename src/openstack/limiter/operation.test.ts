import { expect, test } from "bun:test";
import { operationOf } from "./operation.ts";

test.each([
  ["GET", "/v2.0/ports?device_id=a/b&fields=id", "GET ports"],
  ["GET", "/v2.0/ports/1b2c", "GET ports"],
  ["POST", "/v2.0/ports", "POST ports"],
  ["PUT", "/v2.0/ports/1b2c/tags", "PUT ports/tags"],
  ["GET", "/v2.0/security-groups", "GET security-groups"],
  ["GET", "/v2.0/quotas/p/details.json", "GET quotas/details.json"],
])("%s %s is %p", (method, path, operation) => {
  expect(operationOf(method, path)).toBe(operation);
});
