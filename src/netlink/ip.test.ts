import { expect, test } from "bun:test";
import { AF_INET, AF_INET6 } from "./constants.ts";
import { parsePrefix } from "./ip.ts";

test("the family of a prefix is that of its address", () => {
  expect(parsePrefix("10.0.0.5/24").family).toBe(AF_INET);
  expect(parsePrefix("::ffff:10.0.0.5/128").family).toBe(AF_INET6);
});
