import { expect, test } from "bun:test";
import { JsonStream } from "./framing.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

const objects = [{ id: 1, result: ['}{"', "\\", "\u0001", "ü€", -1e-7, { deep: [{}] }] }, { id: "echo" }, {}];

test.each([1, 2, 3, 7, 1000])("objects are found in pieces of %d bytes", (size) => {
  const stream = new JsonStream();
  const text = bytes(`${objects.map((object) => JSON.stringify(object)).join("")} \n`);
  const found: unknown[] = [];
  for (let start = 0; start < text.length; start += size) {
    found.push(...stream.push(text.subarray(start, start + size)));
  }
  expect(found).toEqual(objects);
});

test.each(["", " \n"])("long objects are found, followed by %j", (space) => {
  const stream = new JsonStream();
  const long = { text: "}{ü".repeat(40_000) };
  const text = bytes([long, {}, long].map((object) => JSON.stringify(object) + space).join(""));
  const found: unknown[] = [];
  for (let start = 0; start < text.length; start += 4_001) {
    found.push(...stream.push(text.subarray(start, start + 4_001)));
  }
  expect(found).toEqual([long, {}, long]);
});

test.each(["HTTP/1.1 400", "[1]", '"text"', "}", "{}x"])("%s is no JSON object", (text) => {
  expect(() => new JsonStream().push(bytes(text))).toThrow(SyntaxError);
});
