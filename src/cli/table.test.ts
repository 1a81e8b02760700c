import { expect, test } from "bun:test";
import { formatTable } from "./table.ts";

test("columns are as wide as their widest cell, and lines have no space at their end", () => {
  const lines = formatTable(
    [{ title: "POD" }, { title: "TRIES", align: "right" }, { title: "AGE" }],
    [
      ["shop/web-0", "1", "5m"],
      ["db-1", "120", "10s"],
    ],
  );
  expect(lines).toEqual(["POD         TRIES  AGE", "shop/web-0      1  5m", "db-1          120  10s"]);
});

test("an unknown cell is a dash, whether it is empty or not there", () => {
  expect(formatTable([{ title: "A" }, { title: "B" }, { title: "C" }], [["", "b"]])[1]).toBe("-  b  -");
});

test("a cell with line breaks or escape sequences stays on its line and harmless", () => {
  expect(formatTable([{ title: "REASON" }], [["first\nsecond \u001b[31m"]])[1]).toBe(
    "first\\nsecond \\u001b[31m",
  );
});

test("without rows there are only the titles", () => {
  expect(formatTable([{ title: "POD" }, { title: "AGE" }], [])).toEqual(["POD  AGE"]);
});
