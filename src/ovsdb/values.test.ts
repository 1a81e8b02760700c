import { expect, test } from "bun:test";
import { mapOf, readMap, readNumber, readReferences, readSet, readText, setOf } from "./values.ts";

test("a set of one comes without its brackets, and an empty one is no value", () => {
  expect(readSet(7)).toEqual([7]);
  expect(readSet(setOf(7, 8))).toEqual([7, 8]);
  expect(readNumber(7)).toBe(7);
  expect(readNumber(setOf())).toBeUndefined();
  expect(readText("")).toBe("");
  expect(readText(undefined)).toBeUndefined();
});

test("references are read from one and from many", () => {
  expect(readReferences(["uuid", "a"])).toEqual(["a"]);
  expect(readReferences(setOf(["uuid", "a"], ["uuid", "b"]))).toEqual(["a", "b"]);
  expect(readReferences(setOf())).toEqual([]);
});

test("maps are written and read", () => {
  expect(readMap(mapOf({ a: "1", b: "2" }))).toEqual({ a: "1", b: "2" });
  expect(readMap(undefined)).toEqual({});
});
