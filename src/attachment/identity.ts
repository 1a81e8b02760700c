import type { AttachmentKey } from "../state/index.ts";

/** Marks every port that skynet made, in every cluster. */
export const OWNER_TAG = "skynet";

/** Neutron's own limit for a tag on releases before 2024.1 (`neutron.db`, column `tags.tag`). */
const LONGEST_TAG = 60;

/** Neutron's limit for `device_id`. */
const LONGEST_DEVICE_ID = 255;

/**
 * The port's `device_id`: the one thing by which a port is found again. It carries the container and the
 * interface, never the pod's name, so that the late removal of an old sandbox cannot meet the new one's port.
 */
export function deviceIdOf(attachment: Pick<AttachmentKey, "containerId" | "ifname">): string {
  return shortened(`${OWNER_TAG}:${attachment.containerId}:${attachment.ifname}`, LONGEST_DEVICE_ID);
}

/** What the `device_id` of a port without a pod begins with. */
const POOL_DEVICE = `${OWNER_TAG}:pool:`;

/** A new `device_id` for a port that is made before its pod; it stays until Neutron was told of the first pod. */
export function newPoolDeviceId(): string {
  return POOL_DEVICE + crypto.randomUUID();
}

/** Whether no pod has ever had a port, as far as Neutron was told. */
export function isPoolDeviceId(deviceId: string): boolean {
  return deviceId.startsWith(POOL_DEVICE);
}

/** The tag by which a cluster knows its ports; two clusters on one Neutron have different names. */
export function clusterTag(clusterName: string): string {
  return shortened(`skynet-cluster=${clusterName}`, LONGEST_TAG);
}

/** The tag of the CNI network, for GC. */
export function networkTag(network: string): string {
  return shortened(`skynet-network=${network}`, LONGEST_TAG);
}

/**
 * The mark of the pod, for telling a dead pod's port from a living one's: a tag of a port that goes with its pod, the
 * description of one that serves a pod after the other, since tags cannot be changed together with a port's name.
 */
export function uidTag(uid: string): string {
  return shortened(`skynet-uid=${uid}`, LONGEST_TAG);
}

/** All tags of a new port. */
export function tagsOf(clusterName: string, network: string, podUid: string | undefined): string[] {
  const tags = [OWNER_TAG, clusterTag(clusterName), networkTag(network)];
  return podUid === undefined ? tags : [...tags, uidTag(podUid)];
}

/** Cuts to `longest` characters; what was cut off is replaced by a hash of the whole. */
function shortened(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const hash = new Bun.CryptoHasher("sha256").update(text).digest("hex").slice(0, 16);
  return `${text.slice(0, longest - hash.length - 1)}~${hash}`;
}
