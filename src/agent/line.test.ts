import { expect, test } from "bun:test";
import { POD_ANNOTATIONS } from "../cni/asked.ts";
import type { CniRequest } from "../cni/request.ts";
import { lineOf } from "./line.ts";

function request(annotations: Record<string, string> | undefined, command: CniRequest["command"] = "ADD") {
  const config = annotations === undefined ? {} : { runtimeConfig: { [POD_ANNOTATIONS]: annotations } };
  return { command, networkName: "pods", config, args: new Map<string, string>() } as unknown as CniRequest;
}

test("pods that ask for nothing special wait in the line of their CNI network", () => {
  expect(lineOf(request(undefined))).toBe("pods");
  expect(lineOf(request({ "skynet/ip": "10.50.0.20", "skynet/subnet_id": "" }))).toBe("pods");
});

test("pods on another Neutron network or subnet have a line of their own", () => {
  expect(lineOf(request({ "skynet/network_id": "net-2" }))).toBe("pods net-2");
  expect(lineOf(request({ "skynet/network_id": "net-2", "skynet/subnet_id": "sub-3" }))).toBe(
    "pods net-2 sub-3",
  );
});

test("verbs but ADD wait in none, and are not asked what the pod wants", () => {
  const malformed = request({ "skynet/network_id": 5 as unknown as string }, "DEL");
  expect(lineOf(malformed)).toBe("pods");
});
