import { expect, test } from "bun:test";
import { linksOf, withLink } from "./multipath.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

// Two gateways, 10.9.0.2 over link 2 (its carrier gone) and 10.8.0.2 over link 3 (on the link).
const ROUTE = `1000${"10"}00${"02000000"}080005000a090002${"1000"}${"04"}00${"03000000"}080005000a080002`;

test("the links of all next hops are told", () => {
  expect(linksOf(fromHex(ROUTE))).toEqual([2, 3]);
});

test("one link is replaced, the others and the gateways stay, states are left to the kernel", () => {
  const original = fromHex(ROUTE);
  expect(hex(withLink(original, 2, 9))).toBe(
    "1000000009000000" + "080005000a090002" + "1000040003000000" + "080005000a080002",
  );
  expect(hex(original)).toBe(ROUTE);
});

test("a length that does not fit is refused", () => {
  expect(() => linksOf(fromHex("1000000002000000"))).toThrow(RangeError);
});
