import { describe, expect, test } from "bun:test";
import { MAX_CONFIG_BYTES, parseConfig, readBounded } from "./stdin.ts";
import { expectCniError } from "./test-support.ts";

describe("the configuration on standard input", () => {
  test("is a JSON object", () => {
    expect(parseConfig(' {"name": "net"}\n')).toEqual({ name: "net" });
  });

  for (const empty of ["", " \n\t"]) {
    test(`empty (${JSON.stringify(empty)}) is refused with code 6`, () => {
      expectCniError(() => parseConfig(empty), 6, "standard input is empty", "configuration");
    });
  }

  test("broken JSON is refused with code 6 and the position", () => {
    expectCniError(
      () => parseConfig('{\n "name": "net",\n}'),
      6,
      "standard input is not JSON",
      "line 3, column 1",
    );
  });

  for (const other of ["[]", "null", '"text"', "5"]) {
    test(`${other} is refused with code 6: it is no object`, () => {
      expectCniError(() => parseConfig(other), 6, "JSON object", other);
    });
  }

  test("what is larger than any configuration is refused with code 6", () => {
    const text = JSON.stringify({ name: "x".repeat(MAX_CONFIG_BYTES) });
    expectCniError(() => parseConfig(text), 6, String(MAX_CONFIG_BYTES));
  });
});

describe("reading a bounded stream", () => {
  const chunksOf = (...chunks: string[]) => chunks.map((chunk) => Buffer.from(chunk, "latin1"));

  test("joins chunks, also where one splits a character", () => {
    expect(readBounded(chunksOf("caf\u00c3", "\u00a9"))).toBe("café");
  });

  test("passes over a byte order mark", () => {
    expect(readBounded(chunksOf("\u00ef\u00bb\u00bf{}"))).toBe("{}");
  });

  test("refuses what is not UTF-8 with code 6", () => {
    expectCniError(() => readBounded(chunksOf("{\u00ff}")), 6, "standard input is not UTF-8");
  });

  test("stops with code 6 when the stream exceeds the limit", () => {
    expect(readBounded(chunksOf("1234", "5678"), 8)).toBe("12345678");
    expectCniError(() => readBounded(chunksOf("1234", "56789"), 8), 6);
  });
});
