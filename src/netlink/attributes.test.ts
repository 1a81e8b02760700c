import { expect, test } from "bun:test";
import * as a from "./attributes.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

test("an attribute has its own length and is padded to four bytes", () => {
  expect(hex(a.string(3, "eth0"))).toBe("09000300" + "6574683000" + "000000");
  expect(hex(a.u32(4, 1450))).toBe("08000400" + "aa050000");
  expect(hex(a.u16(1, 100))).toBe("06000100" + "6400" + "0000");
  expect(hex(a.bytes(5, Uint8Array.of(1)))).toBe("05000500" + "01" + "000000");
});

test("a nested attribute is flagged and holds its attributes whole", () => {
  const info = a.nested(18, a.string(1, "veth"));
  expect(hex(info)).toBe("10001280" + "09000100" + "7665746800" + "000000");
  const read = a.readNested(a.parseAttributes(info), 18);
  expect(a.readString(read, 1)).toBe("veth");
});

test("the last attribute may lack its padding", () => {
  const attributes = a.parseAttributes(fromHex(`0800040000000001${"050010000600000008000a00".slice(0, 10)}`));
  expect(a.readU8(attributes, 16)).toBe(6);
});

test("what is missing, or too short, reads as undefined", () => {
  const attributes = a.parseAttributes(a.bytes(1, Uint8Array.of(7)));
  expect(a.readU16(attributes, 1)).toBeUndefined();
  expect(a.readU32(attributes, 1)).toBeUndefined();
  expect(a.readU32(attributes, 2)).toBeUndefined();
  expect(a.readString(attributes, 2)).toBeUndefined();
  expect(a.readNested(attributes, 2).size).toBe(0);
});

test.each([
  ["shorter than its header", "03000100"],
  ["longer than the data", "0c00010001020304"],
])("an attribute %s is refused", (_, bytes) => {
  expect(() => a.parseAttributes(fromHex(bytes))).toThrow(RangeError);
});
