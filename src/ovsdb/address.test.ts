import { expect, test } from "bun:test";
import { parseOvsdbAddress } from "./address.ts";

test("a socket's path and TCP, IPv6 in brackets, are read", () => {
  expect(parseOvsdbAddress("unix:/run/openvswitch/db.sock")).toEqual({ unix: "/run/openvswitch/db.sock" });
  expect(parseOvsdbAddress("tcp:127.0.0.1:6640")).toEqual({ hostname: "127.0.0.1", port: 6640 });
  expect(parseOvsdbAddress("tcp:[::1]:6640")).toEqual({ hostname: "::1", port: 6640 });
});

test.each(["db.sock", "unix:", "unix:db.sock", "tcp:127.0.0.1", "tcp:::1:6640", "tcp:a:65536", "ssl:a:1"])(
  "%s is refused",
  (text) => {
    expect(() => parseOvsdbAddress(text)).toThrow("must be unix:PATH or tcp:HOST:PORT");
  },
);
