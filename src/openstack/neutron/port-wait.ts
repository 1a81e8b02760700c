import { sleep } from "../../sleep.ts";
import { OpenStackError } from "../errors.ts";
import { type Neutron, pathOf } from "./client.ts";
import type { Port } from "./port.ts";
import { lookAtPort } from "./port-looks.ts";

/** Pauses between looks, in milliseconds: the first, the longest, and how much longer each is than the one before. */
export interface PollSchedule {
  readonly firstMs: number;
  readonly longestMs: number;
  readonly factor: number;
}

/** Finer than an agent's reaction (about a second) at first, gentle to a loaded Neutron later. */
export const DEFAULT_SCHEDULE: PollSchedule = { firstMs: 50, longestMs: 1000, factor: 1.5 };

/**
 * Looks at a port until `until` holds: at once, then after growing pauses.
 * @throws OpenStackError of kind `timeout` when `signal` ends first, telling what the port looked like
 */
export async function waitForPort(
  neutron: Neutron,
  id: string,
  until: (port: Port) => boolean,
  signal: AbortSignal,
  schedule: PollSchedule = DEFAULT_SCHEDULE,
): Promise<Port> {
  for (let pause = schedule.firstMs; ; pause = Math.min(schedule.longestMs, pause * schedule.factor)) {
    const port = await lookAtPort(neutron, id, signal);
    if (until(port)) return port;
    if (!(await sleep(pause, signal))) throw tooLate(port, signal);
  }
}

function tooLate(port: Port, signal: AbortSignal): OpenStackError {
  const vifType = port["binding:vif_type"] ?? "hidden";
  return new OpenStackError(
    {
      service: "neutron",
      kind: "timeout",
      method: "GET",
      url: pathOf("ports", port.id),
      said: `at the deadline the port is still ${port.status} (binding ${vifType}, host "${port["binding:host_id"] ?? "hidden"}")`,
      hint: "look at Neutron's agent on that host and at its log",
      retryable: true,
    },
    { cause: signal.reason },
  );
}
