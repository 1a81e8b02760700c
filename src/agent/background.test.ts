import { expect, test } from "bun:test";
import { createLogger, silent } from "../log.ts";
import { Background } from "./background.ts";

test("work begins after what runs now", async () => {
  const order: string[] = [];
  const background = new Background(silent);
  background.later("work", () => void order.push("work"));
  await Promise.resolve();
  order.push("answer");
  await background.stop(1000);
  expect(order).toEqual(["answer", "work"]);
});

test("of one name only one is at work, and it can be begun again afterwards", async () => {
  const background = new Background(silent);
  const gate = Promise.withResolvers<void>();
  let runs = 0;
  const work = async () => {
    runs += 1;
    await gate.promise;
  };
  background.later("a", work);
  background.later("a", work);
  background.later("b", work);
  expect(background.size).toBe(2);
  gate.resolve();
  while (background.size > 0) await Bun.sleep(1);
  background.later("a", work);
  await background.stop(1000);
  expect(runs).toBe(3);
});

test("a failure is logged and meets nobody", async () => {
  const lines: string[] = [];
  const background = new Background(createLogger({ sink: (line) => void lines.push(line) }));
  background.later("look", async () => {
    throw new Error("no light");
  });
  await background.stop(1000);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('could not look error="no light"');
});

test("stopping aborts what does not end by itself, and takes nothing more", async () => {
  const background = new Background(silent);
  let aborted = false;
  background.later("wait", async (signal) => {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    aborted = signal.aborted;
  });
  await background.stop(20);
  expect(aborted).toBe(true);
  background.later("more", () => expect.unreachable());
  expect(background.size).toBe(0);
});
