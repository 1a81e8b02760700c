import { expect, test } from "bun:test";
import { deleteRequest, isSource, listRequests } from "./conntrack.ts";
import { parseAddress } from "./ip.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

const ORIGIN = "14000180 08000100 0a090001 08000200 0a090003";
const ECHO = "24000280 05000100 01000000 06000400 1cef0000 05000500 08000000 05000600 00000000";
const ANSWERER = "14000180 08000100 0a090007 08000200 0a090001";
const ANSWER = "24000280 05000100 01000000 06000400 1cef0000 05000500 00000000 05000600 00000000";

/** Recorded from Linux 6.18 for a ping from 10.9.0.1 to 10.9.0.3 in zone 7; somebody else was made to answer. */
const entry = fromHex(
  "02000000" +
    `3c000180 ${ORIGIN} ${ECHO}` +
    `3c000280 ${ANSWERER} ${ANSWER}` +
    "06001200 00070000" +
    "08000300 0000000a" +
    "08000c00 48997271",
);

test("connections are listed by who opened them and by who answers, IPv6 altogether", () => {
  const addresses = ["10.9.0.1", "fd09::1", "fd09::2"].map(parseAddress);
  const requests = listRequests(addresses);
  expect(requests.map(({ type }) => type)).toEqual([0x101, 0x101, 0x101]);
  expect(requests.map(({ payload }) => hex(payload))).toEqual(
    [
      "02000000 10000180 0c000180 08000100 0a090001 14001980 08000100 01000000 08000200 00000000",
      "02000000 10000280 0c000180 08000100 0a090001 14001980 08000100 00000000 08000200 01000000",
      "0a000000",
    ].map((text) => text.replaceAll(" ", "")),
  );
});

test.each([
  ["10.9.0.1", true],
  ["10.9.0.7", true],
  ["10.9.0.3", false],
  ["fd09::1", false],
])("whether the connection is one of %p: %p", (address, expected) => {
  expect(isSource(entry, parseAddress(address))).toBe(expected);
});

test("an entry is removed by its first tuple, its zone and its id", () => {
  const { type, payload } = deleteRequest(entry);
  expect(type).toBe(0x102);
  expect(hex(payload)).toBe(
    `02000000 3c000180 ${ORIGIN} ${ECHO} 06001200 00070000 08000c00 48997271`.replaceAll(" ", ""),
  );
});
