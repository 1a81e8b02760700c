import { CniCode, CniError } from "../cni/errors.ts";
import { type PodRequest, parsePodRequest } from "../kubernetes/pod-request.ts";
import { type AttachRequest, nameOf } from "./request.ts";
import type { World } from "./world.ts";

/** What the pod asks for: its annotations, from the runtime or else the API server, then the CNI ways. */
export async function askPod(world: World, request: AttachRequest): Promise<PodRequest> {
  const annotations = request.annotations ?? (await annotationsFromApi(world, request));
  const asked = parsePodRequest({
    pod: request.pod,
    annotations,
    ips: [request.addresses.map(({ value, source }) => ({ value: value.address, source }))],
    macs: request.mac === undefined ? [] : [request.mac],
  });
  for (const warning of asked.warnings) world.log.warn(warning);
  return asked;
}

async function annotationsFromApi(
  world: World,
  request: AttachRequest,
): Promise<ReadonlyMap<string, string>> {
  const { namespace, name, uid } = request.pod;
  if (namespace === undefined || name === undefined) return new Map();
  const watched = await world.agent?.annotationsOf?.(request.pod, world.deadline.signal);
  if (watched !== undefined) return watched;
  const api = await world.kubernetes();
  if (api === undefined) return new Map();
  const pod = await api.getPod(namespace, name, world.deadline.signal);
  if (pod === undefined) {
    throw new CniError(
      CniCode.unknownContainer,
      `${nameOf(request)} does not exist in the API server any more; the runtime will remove its sandbox`,
    );
  }
  const living = pod.metadata?.uid;
  if (uid !== undefined && living !== undefined && living !== uid) {
    throw new CniError(
      CniCode.unknownContainer,
      `${nameOf(request)} has the UID ${living} in the API server, and this sandbox belongs to UID ${uid}, a pod of the same name that is gone`,
    );
  }
  return new Map(Object.entries(pod.metadata?.annotations ?? {}));
}
