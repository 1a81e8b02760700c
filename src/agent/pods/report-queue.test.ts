import { describe, expect, test } from "bun:test";
import { type Report, ReportQueue } from "./report-queue.ts";

function report(name: string, rest: Partial<Report> = {}): Report {
  const pod = { namespace: "shop", name, uid: `uid of ${name}` };
  const kind = { type: "Warning", reason: "AttachFailed", message: "no quota" } as const;
  return { ...kind, pod, annotations: undefined, count: 1, first: 1000, last: 1000, ...rest };
}

const none: ReadonlySet<string> = new Set();

describe("ReportQueue", () => {
  test("gives the oldest first, and passes over pods that are busy", () => {
    const queue = new ReportQueue(10);
    for (const name of ["a", "b", "c"]) queue.add(report(name));
    expect(queue.take(new Set(["shop/a"]))?.pod.name).toBe("b");
    expect(queue.take(none)?.pod.name).toBe("a");
    expect(queue.take(new Set(["shop/c"]))).toBeUndefined();
    expect(queue.length).toBe(1);
  });

  test("counts what is said again", () => {
    const queue = new ReportQueue(10);
    queue.add(report("a"));
    queue.add(report("a", { first: 5000, last: 6000, count: 2 }));
    queue.add(report("a", { message: "no address" }));
    expect(queue.take(none)).toMatchObject({ count: 3, first: 1000, last: 6000 });
    expect(queue.length).toBe(1);
  });

  test("drops the oldest when it is full", () => {
    const queue = new ReportQueue(2);
    expect(["a", "b", "c"].map((name) => queue.add(report(name)))).toEqual([0, 0, 1]);
    expect(queue.take(none)?.pod.name).toBe("b");
  });

  test("drops what is too old", () => {
    const queue = new ReportQueue(10);
    queue.add(report("a"));
    queue.add(report("b", { last: 2000 }));
    expect(queue.dropOlderThan(1500)).toBe(1);
    expect(queue.take(none)?.pod.name).toBe("b");
  });

  test("lets no report that comes back overwrite a newer annotation", () => {
    const queue = new ReportQueue(10);
    queue.add(report("a", { message: "second port", annotations: { port: "2" } }));
    queue.putBack(report("a", { message: "first port", annotations: { port: "1" } }));
    queue.putBack(report("b", { annotations: { port: "3" } }));
    const annotations = [queue.take(none), queue.take(none), queue.take(none)].map((one) => one?.annotations);
    expect(annotations).toEqual([{ port: "2" }, undefined, { port: "3" }]);
  });
});
