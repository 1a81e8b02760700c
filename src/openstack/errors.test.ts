import { expect, test } from "bun:test";
import { configError, isOpenStackError, OpenStackError } from "./errors.ts";

test("the message names the request, what was said, and what to do", () => {
  const error = new OpenStackError({
    service: "neutron",
    kind: "quota",
    method: "POST",
    url: "http://api:9696/v2.0/ports",
    status: 409,
    type: "OverQuota",
    requestId: "req-1",
    said: "Quota exceeded for resources: ['port'].",
    hint: "raise the quota",
  });
  expect(error.message).toBe(
    "Neutron: POST http://api:9696/v2.0/ports failed (409, OverQuota, req-1): Quota exceeded for resources: ['port']; raise the quota",
  );
  expect(error.retryable).toBe(false);
  expect(error.ambiguous).toBe(false);
});

test("the message leaves the query out, which is kept with the error", () => {
  const url = "http://api:9696/v2.0/ports?fields=id&fields=name";
  const error = new OpenStackError({
    service: "neutron",
    kind: "timeout",
    method: "GET",
    url,
    said: "no answer",
    hint: "wait",
  });
  expect(error.message).toBe("Neutron: GET http://api:9696/v2.0/ports failed: no answer; wait");
  expect(error.url).toBe(url);
});

test("an error of the settings names no request", () => {
  expect(configError("password is missing in x", "set password").message).toBe(
    "OpenStack settings: password is missing in x; set password",
  );
});

test("errors are told by kind", () => {
  const error = configError("a", "b");
  expect(isOpenStackError(error)).toBe(true);
  expect(isOpenStackError(error, "tls", "config")).toBe(true);
  expect(isOpenStackError(error, "tls")).toBe(false);
  expect(isOpenStackError(new Error("config"))).toBe(false);
});

test("a copy keeps what is known", () => {
  const error = new OpenStackError({
    service: "neutron",
    kind: "timeout",
    said: "a",
    hint: "b",
    method: "POST",
    url: "u",
  });
  const copy = new OpenStackError({ ...error, ambiguous: true }, { cause: error });
  expect(copy).toMatchObject({ kind: "timeout", method: "POST", ambiguous: true, message: error.message });
});
