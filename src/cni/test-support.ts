import { expect } from "bun:test";
import { CniError } from "./errors.ts";
import type { CniRequest } from "./request.ts";

/** Expects a CniError of this code whose message holds all these parts. */
export function expectCniError(act: () => unknown, code: number, ...parts: string[]): void {
  let thrown: unknown;
  try {
    act();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(CniError);
  if (thrown instanceof CniError) {
    expect(thrown.code as number).toBe(code);
    for (const part of parts) {
      expect(thrown.message).toContain(part);
    }
  }
}

/** A valid ADD request, with changes. */
export function request(changes: Partial<CniRequest> = {}): CniRequest {
  return {
    command: "ADD",
    containerId: "c1",
    netns: "/run/netns/c1",
    ifname: "eth0",
    args: new Map(),
    path: ["/opt/cni/bin"],
    netnsOverride: false,
    cniVersion: "1.1.0",
    networkName: "net",
    config: { cniVersion: "1.1.0", name: "net", type: "skynet" },
    ...changes,
  };
}
