import { expect, test } from "bun:test";
import { OpenStackError } from "../../openstack/errors.ts";
import { Setback } from "./setback.ts";

const failure = (kind: OpenStackError["kind"], retryable = false) =>
  new OpenStackError({
    service: "neutron",
    kind,
    method: "POST",
    url: "/",
    said: kind,
    hint: "do",
    retryable,
  });

test("pauses grow, are jittered and have a longest", () => {
  const pause = (failures: number, random: number) => {
    const setback = new Setback();
    for (let n = 0; n < failures; n++) setback.failed(new Error("no"), 0, 1000, random);
    return setback.pausedUntil - 1000;
  };
  expect([1, 2, 3, 20].map((failures) => pause(failures, 1))).toEqual([2_000, 4_000, 8_000, 60_000]);
  expect(pause(1, 0)).toBe(1_000);
});

test.each(["quota", "addressesExhausted"] as const)("%s: there is no more room for a while", (kind) => {
  const setback = new Setback();
  setback.failed(failure(kind), 3, 1000, 1);
  expect(setback.pausedUntil).toBe(31_000);
  expect(setback.ceiling(1000)).toBe(3);
  expect(setback.last?.message).toContain(kind);
  setback.shrink(1, 2000, "pods need it");
  setback.shrink(5, 3000, "pods need it");
  expect(setback.ceiling(3000)).toBe(1);
  expect(setback.last).toMatchObject({ message: "pods need it", at: 3000 });
  expect(setback.ceiling(603_000)).toBe(Number.POSITIVE_INFINITY);
});

test("success ends it", () => {
  const setback = new Setback();
  setback.failed(new Error("no"), 0, 1000, 1);
  setback.succeeded();
  expect(setback.pausedUntil).toBe(0);
  expect(setback.last).toBeUndefined();
});

test("only what may pass by itself is forgiven when Neutron is back", () => {
  const setback = new Setback();
  setback.failed(failure("quota"), 0, 1000, 1);
  expect(setback.forgive()).toBe(false);
  setback.failed(failure("unreachable", true), 0, 1000, 1);
  expect(setback.forgive()).toBe(true);
  expect(setback.pausedUntil).toBe(0);
});
