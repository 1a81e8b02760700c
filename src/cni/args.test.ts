import { describe, expect, test } from "bun:test";
import { parseArgs } from "./args.ts";
import { expectCniError } from "./test-support.ts";

describe("CNI_ARGS", () => {
  test("pairs are separated by ';', in any order", () => {
    const args = "K8S_POD_NAME=web-0;IgnoreUnknown=1;K8S_POD_NAMESPACE=shop";
    expect(Object.fromEntries(parseArgs(args))).toEqual({
      K8S_POD_NAME: "web-0",
      IgnoreUnknown: "1",
      K8S_POD_NAMESPACE: "shop",
    });
  });

  test("empty is no pair at all", () => {
    expect(parseArgs("").size).toBe(0);
  });

  test("an unknown key is accepted with or without IgnoreUnknown", () => {
    expect(parseArgs("FOO=BAR").get("FOO")).toBe("BAR");
    expect(parseArgs("IgnoreUnknown=0;FOO=BAR").get("FOO")).toBe("BAR");
  });

  test("a value may be empty and may hold '='", () => {
    expect(Object.fromEntries(parseArgs("A=;B=x=y"))).toEqual({ A: "", B: "x=y" });
  });

  test("a ';' at the end adds nothing", () => {
    expect(Object.fromEntries(parseArgs("A=1;"))).toEqual({ A: "1" });
  });

  test("of a key given twice the last counts", () => {
    expect(parseArgs("A=1;A=2").get("A")).toBe("2");
  });

  for (const pair of ["novalue", "=value", "="]) {
    test(`the malformed pair ${pair} is refused with code 4 and named`, () => {
      expectCniError(() => parseArgs(`A=1;${pair};B=2`), 4, "CNI_ARGS", JSON.stringify(pair), "KEY=VALUE");
    });
  }
});
