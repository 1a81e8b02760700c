import { expect, test } from "bun:test";
import { showProgress } from "./progress.ts";
import { printTable, processTerminal } from "./terminal.ts";
import { FakeTerminal } from "./test-support.ts";

test("titles are bold only where colour is shown, rows never", () => {
  const terminal = new FakeTerminal();
  printTable(terminal, ["TITLE", "row"]);
  terminal.colour = true;
  printTable(terminal, ["TITLE", "row"]);
  expect(terminal.output).toBe("TITLE\nrow\n\u001b[1mTITLE\u001b[0m\nrow\n");
});

test("NO_COLOR switches colour off wherever this runs", () => {
  expect(processTerminal({ NO_COLOR: "1" }).colour).toBe(false);
});

test("progress is one line that is gone at the end, and nothing at all where nobody watches", () => {
  const terminal = new FakeTerminal();
  showProgress(terminal, () => "1 of 2")[Symbol.dispose]();
  expect(terminal.errors).toBe("");
  terminal.watched = true;
  showProgress(terminal, () => "1 of 2")[Symbol.dispose]();
  expect(terminal.errors).toBe("\r\u001b[K1 of 2\r\u001b[K");
});
