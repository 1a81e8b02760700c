import { expect, test } from "bun:test";
import { formatMac, parseMac } from "./mac.ts";

test("a MAC survives, in lower case", () => {
  expect(formatMac(parseMac("FA:16:3e:00:0a:B1"))).toBe("fa:16:3e:00:0a:b1");
});

test.each(["", "fa:16:3e:00:00", "fa:16:3e:00:00:01:02", "fa-16-3e-00-00-01", "fa:16:3e:00:00:g1"])(
  "%p is not a MAC",
  (text) => {
    expect(() => parseMac(text)).toThrow(`"${text}" is not a MAC address`);
  },
);
