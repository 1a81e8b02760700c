import { expect, test } from "bun:test";
import { Admission } from "./admission.ts";

const LIMITS = { calls: 6, refusable: 4, addsPerNetwork: 3 };

/** Admits `count` calls and answers how they count out again, or the first refusal. */
function admitAll(
  admission: Admission,
  verb: string,
  network: string,
  count: number,
): (() => void)[] | string {
  const leave: (() => void)[] = [];
  for (let index = 0; index < count; index++) {
    const admitted = admission.admit(verb, network);
    if (typeof admitted === "object") return admitted.refusal;
    leave.push(admitted);
  }
  return leave;
}

test("ADDs of one network are bounded, and another network's are still taken", () => {
  const admission = new Admission(LIMITS);
  expect(admitAll(admission, "ADD", "a", 4)).toBe(
    'the agent has 3 pods of the network "a" to attach and takes no more now',
  );
  expect(admitAll(admission, "ADD", "b", 1)).toHaveLength(1);
});

test("ADD, CHECK and STATUS are refused before DEL and GC are", () => {
  const admission = new Admission(LIMITS);
  expect(admitAll(admission, "CHECK", "a", 4)).toHaveLength(4);
  for (const verb of ["STATUS", "CHECK"]) {
    expect(admission.admit(verb, "a")).toEqual({
      refusal: "the agent has 4 calls at work and takes only DEL and GC now",
    });
  }
  expect(admitAll(admission, "DEL", "a", 1)).toHaveLength(1);
  expect(admitAll(admission, "GC", "a", 1)).toHaveLength(1);
  expect(admitAll(admission, "DEL", "a", 1)).toBe("the agent has 6 calls at work and takes no more now");
});

test("a network's first ADD is taken although others have used up what there is for ADDs", () => {
  const admission = new Admission(LIMITS);
  admitAll(admission, "ADD", "a", 3);
  admitAll(admission, "ADD", "b", 1);
  expect(admitAll(admission, "ADD", "b", 1)).toContain("takes only DEL and GC");
  expect(admitAll(admission, "ADD", "c", 1)).toHaveLength(1);
});

test("what has ended makes room", () => {
  const admission = new Admission(LIMITS);
  for (const leave of admitAll(admission, "ADD", "a", 3) as (() => void)[]) leave();
  expect(admitAll(admission, "ADD", "a", 3)).toHaveLength(3);
});
