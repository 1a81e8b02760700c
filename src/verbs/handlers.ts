import { attach } from "../attachment/attach.ts";
import { check } from "../attachment/check.ts";
import { collect } from "../attachment/collect.ts";
import { detach } from "../attachment/detach.ts";
import { toCniError } from "../attachment/failure.ts";
import type { AttachRequest, DetachRequest } from "../attachment/request.ts";
import { recordFailure, status } from "../attachment/status.ts";
import type { World } from "../attachment/world.ts";
import { readAsk } from "../cni/asked.ts";
import type { Handlers } from "../cni/dispatch.ts";
import type { CniRequest } from "../cni/request.ts";
import type { Result } from "../cni/result.ts";

export { toCniError as failure };

/** Runs the work of one verb in a world of its own, and tidies up behind it. */
export type RunVerb = <T>(
  request: CniRequest,
  verb: "add" | "del" | "check" | "gc",
  work: (world: World) => Promise<T>,
) => Promise<T>;

/** The verbs; where and how long each runs is the role's part. */
export function handlersIn(run: RunVerb): Handlers {
  return {
    add: (request) => run(request, "add", (world) => add(world, attachRequest(request))),
    del: (request) =>
      run(request, "del", (world) =>
        detach(world, detachRequest(request)).catch((error) => {
          throw logged(world, error);
        }),
      ),
    check: (request) =>
      run(request, "check", async (world) => {
        await check(world, { key: keyOf(request), netns: request.netns, prevResult: request.prevResult });
      }),
    status: (request) => run(request, "check", status),
    gc: (request) =>
      run(request, "gc", async (world) => {
        const valid = request.validAttachments.map(({ containerID, ifname }) => ({
          containerId: containerID,
          ifname,
        }));
        await collect(world, request.networkName, valid);
      }),
  };
}

async function add(world: World, request: AttachRequest): Promise<Result> {
  try {
    return await attach(world, request);
  } catch (error) {
    recordFailure(world, error);
    throw logged(world, error);
  }
}

function attachRequest(request: CniRequest): AttachRequest {
  const ask = readAsk(request);
  return {
    key: keyOf(request),
    netns: request.netns,
    pod: { namespace: ask.pod.namespace, name: ask.pod.name, uid: ask.pod.uid },
    annotations: ask.annotations,
    addresses: ask.addresses,
    mac: ask.mac,
  };
}

function detachRequest(request: CniRequest): DetachRequest {
  const interfaces = request.prevResult?.interfaces ?? [];
  return {
    key: keyOf(request),
    netns: request.netns,
    hostEnds: interfaces.filter(({ sandbox }) => sandbox === undefined).map(({ name }) => name),
  };
}

function keyOf(request: CniRequest) {
  return { network: request.networkName, containerId: request.containerId, ifname: request.ifname };
}

function logged(world: World, error: unknown): unknown {
  world.log.error("failed", { error });
  return error;
}
