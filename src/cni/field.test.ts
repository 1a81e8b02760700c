import { describe, expect, test } from "bun:test";
import { compact } from "./compact.ts";
import { describeValue, Field } from "./field.ts";
import { expectCniError } from "./test-support.ts";

const DOCUMENT = { a: { "b.c/d": [{ n: 1 }, { n: -1 }] }, text: "t", empty: "", none: null, list: ["x"] };
const root = new Field(DOCUMENT, "", 7);

describe("key paths", () => {
  test("plain keys are joined by dots, others quoted in brackets, items numbered", () => {
    expect(root.key("a").key("b.c/d").items()[1]?.key("n").path).toBe('a["b.c/d"][1].n');
  });

  test("a key at the top is named as it is", () => {
    expect(root.key("cni.dev/valid-attachments").path).toBe("cni.dev/valid-attachments");
  });

  test("what every object inherits is no key", () => {
    expect(root.key("constructor").isAbsent).toBe(true);
  });
});

describe("absence", () => {
  for (const name of ["missing", "none"]) {
    test(`${name}: reads as nothing, whatever is asked`, () => {
      const field = root.key(name);
      expect(field.isAbsent).toBe(true);
      expect(field.text()).toBeUndefined();
      expect(field.count()).toBeUndefined();
      expect(field.texts()).toBeUndefined();
      expect(field.items()).toEqual([]);
      expect(field.entries()).toEqual([]);
      expect(field.key("deeper").isAbsent).toBe(true);
    });

    test(`${name}: is refused where a text is required`, () => {
      expectCniError(() => root.key(name).requiredText(), 7, name, "is missing");
    });
  }

  test("an empty text is none", () => {
    expect(root.key("empty").text()).toBeUndefined();
    expectCniError(() => root.key("empty").requiredText(), 7, 'but is ""');
  });
});

describe("wrong types are refused, naming path and value", () => {
  const n = root.key("a").key("b.c/d").items()[0]?.key("n") as Field;
  test("text", () => expectCniError(() => n.text(), 7, 'a["b.c/d"][0].n must be a string, but is 1'));
  test("list", () => expectCniError(() => n.items(), 7, "must be a list"));
  test("object", () => expectCniError(() => n.key("x"), 7, "must be an object"));
  test("a list is no object", () => expectCniError(() => root.key("list").entries(), 7, "must be an object"));
  for (const value of [-1, 1.5, "1", true]) {
    test(`count ${JSON.stringify(value)}`, () => {
      expectCniError(
        () => new Field(value, "n", 6).count(),
        6,
        "n must be a whole number",
        describeValue(value),
      );
    });
  }
});

test("values in messages are shortened", () => {
  expect(describeValue("x".repeat(100)).length).toBe(61);
  expect(describeValue(undefined)).toBe("undefined");
});

test("compact drops members without value, and only those", () => {
  expect(Object.keys(compact({ a: undefined, b: null, c: 0, d: "" }))).toEqual(["b", "c", "d"]);
});
