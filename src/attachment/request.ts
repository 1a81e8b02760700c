import type { Asked, AskedAddress } from "../cni/asked.ts";
import { CniCode, CniError } from "../cni/errors.ts";
import type { AttachmentKey, PodIdentity } from "../state/index.ts";
import type { PodEnd } from "../wiring/wiring.ts";

import { deviceIdOf } from "./identity.ts";

/** One ADD, as far as attaching is concerned. */
export interface AttachRequest {
  key: AttachmentKey;
  netns: string;
  pod: PodIdentity;
  /** The pod's annotations as the runtime passed them; undefined: to be read from the API server. */
  annotations: ReadonlyMap<string, string> | undefined;
  addresses: readonly Asked<AskedAddress>[];
  mac: Asked<string> | undefined;
}

/** One DEL: any of it may be missing or gone. */
export interface DetachRequest {
  key: AttachmentKey;
  /** Empty when the runtime no longer knows it. */
  netns: string;
  /** Host ends named by the result of the ADD, if the runtime passed it. */
  hostEnds: readonly string[];
}

export function podEndOf(request: { key: AttachmentKey; netns: string }): PodEnd {
  return { netns: request.netns, ifname: request.key.ifname, owner: deviceIdOf(request.key) };
}

export function overtaken(request: { key: AttachmentKey; pod: PodIdentity }): CniError {
  return new CniError(
    CniCode.tryAgainLater,
    `${nameOf(request)} was removed while it was being attached; everything was taken back`,
  );
}

/** The pod as error messages and logs call it. */
export function nameOf(request: { key: AttachmentKey; pod: PodIdentity }): string {
  const { namespace, name } = request.pod;
  if (name === undefined) return `container ${request.key.containerId}`;
  return namespace === undefined ? `pod ${name}` : `pod ${namespace}/${name}`;
}
