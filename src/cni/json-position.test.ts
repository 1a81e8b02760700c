import { expect, test } from "bun:test";
import { jsonErrorPosition } from "./json-position.ts";

const BROKEN: [text: string, position: string][] = [
  ['{"a": 1,}', "line 1, column 9"],
  ['{\n  "a": 1\n  "b": 2\n}', "line 3, column 3"],
  ['{"a" 1}', "line 1, column 6"],
  ["{'a': 1}", "line 1, column 2"],
  ['{"a": tru}', "line 1, column 7"],
  ['{"a": 01}', "line 1, column 8"],
  ['{"a": "\\x"}', "line 1, column 7"],
  ['{"a": "tab\there"}', "line 1, column 7"],
  ["[1, 2", "line 1, column 6"],
  ["[1 2]", "line 1, column 4"],
  ['{"a": 1} // why', "line 1, column 10"],
  ['{"a": "never closed', "line 1, column 7"],
  ["", "line 1, column 1"],
];

for (const [text, position] of BROKEN) {
  test(`${JSON.stringify(text)} breaks at ${position}`, () => {
    expect(() => JSON.parse(text)).toThrow();
    expect(jsonErrorPosition(text)).toBe(position);
  });
}

for (const text of [
  "{}",
  "[]",
  " null ",
  '{"a": [1, -2.5e+3, true, false, null, {"b": "\\u00e9 \\" é 😀"}]}\n',
  JSON.stringify({ long: "x".repeat(300_000) }),
]) {
  test(`${text.slice(0, 40)} has no error`, () => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(jsonErrorPosition(text)).toBeUndefined();
  });
}

test("depth beyond reason does not exhaust the stack", () => {
  expect(jsonErrorPosition("[".repeat(1_000_000))).toBe("line 1, column 201");
});
