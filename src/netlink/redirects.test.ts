import { expect, test } from "bun:test";
import { addFilterHook, addRedirect, readTarget, removeRedirect } from "./redirects.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const podSide = { index: 5, name: "skp0" };
const tap = { index: 9, name: "tap0" };

test("a hook is the clsact discipline, made exclusively", () => {
  const { payload, ...request } = addFilterHook(podSide);
  expect(request).toEqual({ type: 36, flags: 0x600, operation: "add a hook for filters to skp0" });
  expect(hex(payload)).toBe(
    "00000000 05000000 00000000 f1ffffff 00000000 0b000100 636c7361637400 00".replaceAll(" ", ""),
  );
});

test("a redirect takes all protocols, and steals every frame for its target's way in", () => {
  // `tc filter add dev skp0 ingress prio 1 protocol all u32 match u32 0 0 action mirred ingress redirect dev tap0`,
  // without the match, which matches everything that is at least four bytes long.
  const { payload, ...request } = addRedirect(podSide, tap, "in");
  expect(request).toEqual({ type: 44, flags: 0x600, operation: "redirect frames of skp0 to tap0" });
  const place = "00000000 05000000 00000000 f2ffffff 00030100";
  const selector = "14000500 01000000000000000000000000000000";
  const mirred = "20000200 0000000000000000 04000000 0000000000000000 03000000 09000000";
  const action = `38000780 34000180 0b000100 6d697272656400 00 24000280 ${mirred}`;
  expect(hex(payload)).toBe(`${place} 08000100 75333200 50000280 ${selector} ${action}`.replaceAll(" ", ""));
});

test("the way out differs in one number", () => {
  const [inwards, outwards] = (["in", "out"] as const).map((direction) =>
    hex(addRedirect(podSide, tap, direction).payload),
  );
  expect(outwards).toBe(inwards?.replace(/0300000009000000$/, "0100000009000000") ?? "");
});

test("removing it names the same place and priority", () => {
  const { payload, ...request } = removeRedirect(podSide);
  expect(request).toEqual({ type: 45, flags: 0, operation: "remove the redirect of skp0" });
  expect(hex(payload)).toBe("00000000 05000000 00000000 f2ffffff 00030100".replaceAll(" ", ""));
});

test("the target is read back from what the kernel tells, and from no table", () => {
  const table = "00000000 05000000 00000080 f2ffffff 00030100 08000100 75333200 0c000200 08000200 01000000";
  const read = (text: string) => readTarget(Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex")));
  expect(read(table)).toBeUndefined();
  expect(readTarget(addRedirect(podSide, tap, "out").payload)).toBe(9);
});
