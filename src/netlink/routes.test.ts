import { expect, test } from "bun:test";
import { addRoute, deleteRoute, moveRoute, readRoute, replaceRoute } from "./routes.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

// Recorded from Linux 6.18.
const DEFAULT = "02000000fe0300010000000008000f00fe000000080005000a0900010800040002000000";
const CONNECTED = "02180000fe02fd010000000008000f00fe000000080001000a090000080007000a09000a0800040002000000";
const METRIC =
  "02100000fe0400010000000008000f00fe000000080001000a4200000800060032000000080005000a0900020800040002000000";

test("routes as the kernel tells them", () => {
  expect(readRoute(fromHex(DEFAULT))).toMatchObject({
    dst: "0.0.0.0/0",
    gateway: "10.9.0.1",
    links: [2],
    table: 254,
    metric: 0,
  });
  expect(readRoute(fromHex(CONNECTED))).toMatchObject({
    dst: "10.9.0.0/24",
    links: [2],
    header: { protocol: 2, scope: 253 },
  });
  expect(readRoute(fromHex(CONNECTED)).gateway).toBeUndefined();
  expect(readRoute(fromHex(METRIC))).toMatchObject({ dst: "10.66.0.0/16", gateway: "10.9.0.2", metric: 50 });
});

test("the IPv6 default route has an IPv6 destination", () => {
  expect(readRoute(fromHex("0a000000fe0300010000000008000f00fe000000")).dst).toBe("::/0");
});

test("a route through a gateway has the scope of the world, one without that of the link", () => {
  expect(hex(addRoute({ dst: "10.254.3.4/16", gateway: "10.9.0.1", protocol: 94 }).payload)).toBe(
    "02100000fe5e000100000000" + "080001000afe0000" + "080005000a090001",
  );
  expect(hex(replaceRoute({ dst: "10.8.0.1/32", oif: 3 }).payload)).toBe(
    "02200000fe04fd0100000000" + "080001000a080001" + "0800040003000000",
  );
});

test("adding refuses what is there, replacing does not, and both say what they do", () => {
  const route = { dst: "::/0", gateway: "2001:db8::1", oif: 3 };
  expect(addRoute(route)).toMatchObject({ flags: 0x600, operation: "add route ::/0 via 2001:db8::1" });
  expect(replaceRoute(route).flags).toBe(0x500);
});

test("a gateway can be forced on the link", () => {
  const { payload } = replaceRoute({ dst: "0.0.0.0/0", gateway: "10.8.0.1", oif: 3, onlink: true });
  expect(payload.slice(8, 12)).toEqual(Uint8Array.of(4, 0, 0, 0));
});

test("a moved route keeps everything but its link", () => {
  expect(hex(moveRoute(readRoute(fromHex(METRIC)), 2, 9).payload)).toBe(
    "02100000fe04000100000000" +
      "08000f00fe000000" +
      "080001000a420000" +
      "0800060032000000" +
      "080005000a090002" +
      "0800040009000000",
  );
});

test("a delete names the route exactly", () => {
  expect(hex(deleteRoute(readRoute(fromHex(METRIC))).payload)).toBe(
    "02100000fe04000100000000" +
      "080001000a420000" +
      "080005000a090002" +
      "0800040002000000" +
      "0800060032000000" +
      "08000f00fe000000",
  );
});
