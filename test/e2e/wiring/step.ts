/**
 * One step of wiring in a process of its own, inside a node's network namespace: reads a {@link Step} from standard
 * input and writes a {@link StepResult} to standard output.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { flushConntrack } from "../../../src/netlink/conntrack.ts";
import { NetlinkSocket } from "../../../src/netlink/socket.ts";
import { OvsdbClient } from "../../../src/ovsdb/client.ts";
import { changes } from "../../../src/ovsdb/operations.ts";
import { ensureHostRoutes, removeHostRoutes } from "../../../src/wiring/host-routes.ts";
import { openWiring } from "../../../src/wiring/kinds.ts";
import {
  configurePodEnd,
  deletePodEnd,
  inspectPodEnd,
  type PodEndSettings,
  podEndExists,
} from "../../../src/wiring/pod-end.ts";
import type { PodEnd, PortFacts, WiringOptions } from "../../../src/wiring/wiring.ts";

export interface Step {
  readonly action: keyof typeof actions;
  /** Kind of wiring; default linuxbridge. */
  readonly kind?: string;
  readonly options: WiringOptions;
  readonly port?: PortFacts;
  readonly pod?: PodEnd;
  readonly settings?: PodEndSettings;
  readonly cidrs?: readonly string[];
  readonly gateway?: string;
  /** Plans of these ports are in use. */
  readonly inUse?: readonly PortFacts[];
  /** Those whose connections are forgotten. */
  readonly addresses?: readonly string[];
  /** How often to repeat. */
  readonly times?: number;
  /** Die by SIGKILL instead of sending the Nth change to the kernel or to Open vSwitch's database. */
  readonly killBefore?: number;
}

export interface StepResult {
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly reason?: string; readonly message: string };
}

/** Longer than any step takes; a step that hangs fails by itself. */
const deadline = AbortSignal.timeout(60_000);

const actions = {
  plug: (step: Step) => wiring(step).plug(wiring(step).plan(port(step)), pod(step), deadline),
  configure: (step: Step) => configurePodEnd(pod(step), settings(step)),
  attach: async (step: Step) => {
    await actions.plug(step);
    actions.configure(step);
  },
  unplug: (step: Step) => wiring(step).unplug(wiring(step).plan(port(step)), step.pod, deadline),
  park: (step: Step) => parking(step).park(wiring(step).plan(port(step)), deadline),
  isParked: (step: Step) => parking(step).isParked(wiring(step).plan(port(step)), deadline),
  occupy: (step: Step) => parking(step).occupy(wiring(step).plan(port(step)), pod(step), deadline),
  /** Puts the pod in place of the stand-in and configures its end. */
  takeOver: async (step: Step) => {
    await actions.occupy(step);
    actions.configure(step);
  },
  vacate: (step: Step) => parking(step).vacate(wiring(step).plan(port(step)), step.pod, deadline),
  tidy: (step: Step) => wiring(step).tidy(deadline),
  hostEnds: (step: Step) => wiring(step).hostEnds(),
  carries: (step: Step) => wiring(step).carries(wiring(step).plan(port(step))),
  flushConntrack: (step: Step) => flushConntrack(step.addresses ?? []),
  forgetConnections: (step: Step) => {
    const ports = [{ plan: wiring(step).plan(port(step)), addresses: step.addresses ?? [] }];
    return wiring(step).forgetConnections(ports, deadline);
  },
  churn: async (step: Step) => {
    for (let turn = 0; turn < (step.times ?? 1); turn++) {
      await actions.attach(step);
      await actions.unplug(step);
    }
  },
  unplugPort: (step: Step) => wiring(step).unplugPort(port(step).portId, deadline),
  unplugHostEnd: (step: Step) =>
    wiring(step).unplugHostEnd(wiring(step).plan(port(step)).hostEnd ?? "", deadline),
  ready: (step: Step) => wiring(step).ready(wiring(step).plan(port(step)), deadline),
  problems: (step: Step) => wiring(step).problems(deadline),
  check: (step: Step) => wiring(step).check(wiring(step).plan(port(step)), deadline),
  sweep: (step: Step) =>
    wiring(step).sweep(() => (step.inUse ?? []).map((used) => wiring(step).plan(used)), deadline),
  inspect: (step: Step) => inspectPodEnd(pod(step)),
  /** Looks into the pod many times, and answers the network namespaces that this process's threads are in then. */
  inspectOften: (step: Step) => {
    for (let turn = 0; turn < (step.times ?? 1); turn++) inspectPodEnd(pod(step));
    const threads = readdirSync("/proc/self/task");
    return [...new Set(threads.map((thread) => readlinkSync(`/proc/self/task/${thread}/ns/net`)))];
  },
  exists: (step: Step) => podEndExists(pod(step)),
  deletePodEnd: (step: Step) => deletePodEnd(pod(step)),
  ensureHostRoutes: (step: Step) => ensureHostRoutes(step.cidrs ?? [], step.gateway ?? ""),
  removeHostRoutes: (step: Step) => removeHostRoutes(step.cidrs ?? [], step.gateway ?? ""),
};

function wiring(step: Step) {
  return openWiring(step.kind ?? "linuxbridge", step.options);
}

function parking(step: Step) {
  return required(wiring(step).parking(wiring(step).plan(port(step))), "kind of wiring that parks");
}

function port(step: Step): PortFacts {
  return required(step.port, "port");
}

function pod(step: Step): PodEnd {
  return required(step.pod, "pod");
}

function settings(step: Step): PodEndSettings {
  return required(step.settings, "settings");
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new TypeError(`this step needs a ${name}`);
  return value;
}

function dieBefore(last: number): void {
  const { attempt } = NetlinkSocket.prototype;
  const { transact } = OvsdbClient.prototype;
  let count = 0;
  const next = () => {
    if (++count === last) process.kill(process.pid, "SIGKILL");
  };
  NetlinkSocket.prototype.attempt = function (requests) {
    next();
    return attempt.call(this, requests);
  };
  OvsdbClient.prototype.transact = function (operations, signal) {
    if (operations.some(changes)) next();
    return transact.call(this, operations, signal);
  };
}

async function perform(step: Step): Promise<StepResult> {
  try {
    return { value: await actions[step.action](step) };
  } catch (error) {
    const { name, message, reason } = error as Error & { reason?: string };
    return { error: { name, message, ...(reason === undefined ? {} : { reason }) } };
  }
}

if (import.meta.main) {
  const step: Step = await Bun.stdin.json();
  if (step.killBefore !== undefined) dieBefore(step.killBefore);
  console.log(JSON.stringify(await perform(step)));
}
