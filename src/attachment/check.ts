import { CniCode, CniError } from "../cni/errors.ts";
import type { Result } from "../cni/result.ts";
import type { AttachmentKey } from "../state/index.ts";
import { inspectPodEnd, type PodEndState } from "../wiring/pod-end.ts";
import type { WiringPlan } from "../wiring/wiring.ts";
import { podEndOf } from "./request.ts";
import type { World } from "./world.ts";

/**
 * Compares the container and the node with what ADD made: local, no call to Neutron. What later plugins of
 * the chain added is not looked at.
 *
 * @throws {CniError} code 106 that lists everything that is missing or different
 */
export async function check(
  world: World,
  request: { key: AttachmentKey; netns: string; prevResult: Result },
): Promise<void> {
  const record = world.store.attachments.get(request.key);
  if (record !== undefined && record.state !== "attached") {
    throw damaged(request.key, [`it is ${record.state}, not attached`]);
  }
  // The store may have been lost: the runtime's memory of our answer is as good for the container's side.
  const answer = (record?.answer as Result | undefined) ?? request.prevResult;
  const problems = comparePodEnd(answer, request.key.ifname, inspectPodEnd(podEndOf(request)));
  if (record?.wiring !== undefined) {
    problems.push(...(await world.wiring.check(record.wiring as WiringPlan, world.deadline.signal)));
  }
  if (problems.length > 0) throw damaged(request.key, problems);
}

/** What of the answer the pod's end lacks. Pure. */
export function comparePodEnd(answer: Result, ifname: string, state: PodEndState | undefined): string[] {
  if (state === undefined) return [`the interface ${ifname} is missing in the container`];
  const index = answer.interfaces.findIndex(({ name, sandbox }) => name === ifname && sandbox !== undefined);
  const expected = answer.interfaces[index];
  if (expected === undefined) return [`prevResult names no interface ${ifname} in a container`];
  const problems: string[] = [];
  if (!state.up) problems.push(`the interface ${ifname} is down`);
  if (expected.mac !== undefined && expected.mac.toLowerCase() !== state.mac) {
    problems.push(`the interface ${ifname} has the MAC ${state.mac}, not ${expected.mac}`);
  }
  if (expected.mtu !== undefined && expected.mtu !== state.mtu) {
    problems.push(`the interface ${ifname} has the MTU ${state.mtu}, not ${expected.mtu}`);
  }
  for (const ip of answer.ips.filter((ip) => ip.interface === index)) {
    if (!state.addresses.includes(ip.address)) problems.push(`the address ${ip.address} is missing`);
  }
  for (const { dst, gw } of answer.routes) {
    const found = state.routes.some((route) => route.dst === dst && (gw === undefined || route.gw === gw));
    if (!found) problems.push(`the route to ${dst}${gw === undefined ? "" : ` via ${gw}`} is missing`);
  }
  return problems;
}

function damaged(key: AttachmentKey, problems: string[]): CniError {
  return new CniError(
    CniCode.checkFailed,
    `container ${key.containerId}, interface ${key.ifname}, is not as it was attached: ${problems.join("; ")}; delete the pod to have it made anew`,
  );
}
