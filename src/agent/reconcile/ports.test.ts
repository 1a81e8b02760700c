import { expect, test } from "bun:test";
import { unaccountedPorts } from "./ports.ts";
import { facts, port } from "./test-support.ts";

test("a port with skynet's tags that somebody else made is not skynet's", () => {
  const ports = [port("a"), port("b", { device_id: "by hand" }), port("c", { device_id: "" })];
  expect(unaccountedPorts(facts({ ports })).map((found) => found.port.device_id)).toEqual([
    port("a").device_id,
  ]);
});
