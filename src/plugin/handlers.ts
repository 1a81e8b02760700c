import { attach } from "../attachment/attach.ts";
import { check } from "../attachment/check.ts";
import { collect } from "../attachment/collect.ts";
import { detach } from "../attachment/detach.ts";
import { toCniError } from "../attachment/failure.ts";
import type { AttachRequest, DetachRequest } from "../attachment/request.ts";
import { recordFailure, recordSuccess, status } from "../attachment/status.ts";
import type { World } from "../attachment/world.ts";
import { readAsk } from "../cni/asked.ts";
import type { Handlers } from "../cni/dispatch.ts";
import type { CniRequest } from "../cni/request.ts";
import { withWorld } from "./world.ts";

export { toCniError as failure };

/** The verbs of a plugin without an agent: the whole job in one short process. */
export const handlers: Handlers = {
  add: (request) =>
    withWorld(request, "add", async (world) => {
      try {
        const result = await attach(world, attachRequest(request));
        recordSuccess(world);
        return result;
      } catch (error) {
        recordFailure(world, error);
        throw logged(world, error);
      }
    }),
  del: (request) =>
    withWorld(request, "del", (world) =>
      detach(world, detachRequest(request)).catch((error) => {
        throw logged(world, error);
      }),
    ),
  check: (request) =>
    withWorld(request, "check", async (world) => {
      await check(world, { key: keyOf(request), netns: request.netns, prevResult: request.prevResult });
    }),
  status: (request) => withWorld(request, "check", status),
  gc: (request) =>
    withWorld(request, "gc", async (world) => {
      const valid = request.validAttachments.map(({ containerID, ifname }) => ({
        containerId: containerID,
        ifname,
      }));
      await collect(world, request.networkName, valid);
    }),
};

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
