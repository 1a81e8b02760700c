import { expect, test } from "bun:test";
import { UndoStack } from "./undo.ts";

test("undoes the last step first, and each step once", async () => {
  const undone: string[] = [];
  const stack = new UndoStack();
  stack.push("row", () => void undone.push("row"));
  stack.push("port", async () => void undone.push("port"));
  expect(await stack.undo()).toEqual([]);
  expect(await stack.undo()).toEqual([]);
  expect(undone).toEqual(["port", "row"]);
});

test("goes on after a step that cannot be undone, and names it", async () => {
  const undone: string[] = [];
  const stack = new UndoStack();
  stack.push("row", () => void undone.push("row"));
  stack.push("wiring", () => {
    throw new Error("device is busy");
  });
  const failures = await stack.undo();
  expect(failures.map(({ name, error }) => [name, (error as Error).message])).toEqual([
    ["wiring", "device is busy"],
  ]);
  expect(undone).toEqual(["row"]);
});
