import { expect, test } from "bun:test";
import { NLM_F_ACK, RTM_GETLINK } from "./constants.ts";
import { encodeLink, encodeRequest, parseAcknowledgement, parseMessages } from "./message.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const fromHex = (text: string) => Uint8Array.from(Buffer.from(text, "hex"));

test("a request is its header, the fixed header of its type, and attributes", () => {
  const request = {
    type: RTM_GETLINK,
    flags: 0,
    payload: encodeLink({ index: 2, flags: 1, change: 1 }),
    operation: "",
  };
  expect(hex(encodeRequest(request, 7, NLM_F_ACK))).toBe(
    "20000000" + "1200" + "0500" + "07000000" + "00000000" + "0000000002000000" + "0100000001000000",
  );
});

test("a datagram may hold several messages", () => {
  const one = `14000000${"0300"}02000500000000000000${"00000000"}`;
  const messages = parseMessages(fromHex(one + one));
  expect(messages.map(({ type, flags, sequence }) => ({ type, flags, sequence }))).toEqual([
    { type: 3, flags: 2, sequence: 5 },
    { type: 3, flags: 2, sequence: 5 },
  ]);
});

test("a message longer than its datagram is refused", () => {
  expect(() => parseMessages(fromHex("20000000030002000500000000000000"))).toThrow(RangeError);
});

// Recorded from Linux 6.18.
const refused = {
  "with the kernel's words": {
    flags: 0x300,
    payload:
      "9bffffff2c000000180005060600000000000000200001004e657874686f702068617320696e76616c6964206761746577617900",
    read: { errno: 101, kernelMessage: "Nexthop has invalid gateway" },
  },
  "with the number alone": {
    flags: 0x100,
    payload: "edffffff30000000120001000700000000000000",
    read: { errno: 19 },
  },
};

test.each(Object.entries(refused))("a refusal is read %s", (_, { flags, payload, read }) => {
  const message = { type: 2, flags, sequence: 6, payload: fromHex(payload) };
  expect(parseAcknowledgement(message, true)).toEqual(read);
});

test("a refusal may carry the whole request before the kernel's words", () => {
  // Without NLM_F_CAPPED: a request of 20 bytes, then NLMSGERR_ATTR_MSG "no".
  const payload = fromHex("eaffffff" + "1400000018000500060000000000000000000000" + "070001006e6f0000");
  expect(parseAcknowledgement({ type: 2, flags: 0x200, sequence: 6, payload }, true)).toEqual({
    errno: 22,
    kernelMessage: "no",
  });
});

test("the end of a dump carries its outcome, and perhaps words, without a request", () => {
  expect(
    parseAcknowledgement({ type: 3, flags: 2, sequence: 1, payload: fromHex("00000000") }, false),
  ).toEqual({
    errno: 0,
  });
  const payload = fromHex("feffffff" + "070001006e6f0000");
  expect(parseAcknowledgement({ type: 3, flags: 0x202, sequence: 1, payload }, false)).toEqual({
    errno: 2,
    kernelMessage: "no",
  });
});
