import { expect, test } from "bun:test";
import { setLink } from "./link-changes.ts";
import { NetlinkSocket } from "./socket.ts";

test("however many requests there are at once, each has its answer", () => {
  using socket = NetlinkSocket.open();
  const missing = { index: 2 ** 30, name: "missing" };
  const requests = Array.from({ length: 3000 }, (_, group) => setLink(missing, { group }));
  const outcomes = socket.attempt(requests);
  expect(outcomes.map((error) => error?.operation)).toEqual(requests.map(({ operation }) => operation));
});
