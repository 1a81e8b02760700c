/** The macvlan device that is a pod's end: made from the node, named and deleted inside the pod's namespace. */
import { isBusy, isExist, isInvalid, isNotSupported } from "../netlink/errors.ts";
import { createMacvlan, setLink } from "../netlink/link-changes.ts";
import { deleteLinksInPool, findLink, type Link, linkDeletion } from "../netlink/links.ts";
import type { Namespace } from "../netlink/namespace.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { listStations } from "../netlink/stations.ts";
import { WiringError } from "./errors.ts";
import { macvlanName } from "./names.ts";
import { isOurs, SKYNET_MARK } from "./owner.ts";
import { inUse, type Uplink } from "./uplink.ts";
import type { PodEnd } from "./wiring.ts";

/** What a pod's end is made of. */
export interface MacvlanEnd {
  readonly portId: string;
  readonly uplink: Uplink;
  readonly mac: string;
  readonly mtu: number;
}

/**
 * Makes the device inside the pod's namespace, DOWN, under a name of the port's: the name it is to have may be that of a
 * NIC of the node's, which kernels before 6.15 take for a reason to refuse it.
 *
 * @param socket in the node's namespace
 * @throws WiringError that tells why the device under it cannot carry it; NetlinkError
 */
export function createMacvlanEnd(
  socket: NetlinkSocket,
  end: MacvlanEnd,
  parent: Link,
  namespace: Namespace,
): void {
  checkParent(socket, end, parent);
  const { portId, mac, mtu } = end;
  const link = { name: macvlanName(portId), parent: parent.index, group: SKYNET_MARK, mac, mtu };
  try {
    socket.request(createMacvlan({ ...link, mode: "bridge", namespaceFd: namespace.fd }));
  } catch (error) {
    throw explained(error, end);
  }
}

/** @throws WiringError "interface-exists"; NetlinkError */
export function nameMacvlanEnd(inside: NetlinkSocket, end: MacvlanEnd, pod: PodEnd): void {
  const link = findLink(inside, macvlanName(end.portId));
  if (!link) {
    throw new WiringError(
      "interface-missing",
      `the macvlan device made for ${pod.ifname} is not in ${pod.netns} any more; was the pod deleted meanwhile?`,
    );
  }
  try {
    inside.request(setLink(link, { name: pod.ifname }));
  } catch (error) {
    if (!isExist(error)) throw error;
    throw new WiringError("interface-exists", `the interface ${pod.ifname} already exists in ${pod.netns}`, {
      cause: error,
    });
  }
}

/**
 * Deletes what there is of the device, under its own name or not yet. Answers whether there was one.
 *
 * @throws NetlinkError
 */
export async function deleteMacvlanEnd(
  inside: NetlinkSocket,
  end: MacvlanEnd,
  ifname: string,
): Promise<boolean> {
  let isDeleted = false;
  for (const name of [ifname, macvlanName(end.portId)]) {
    const link = findLink(inside, name);
    if (!link || !isEndOf(link, end)) continue;
    isDeleted = (await deleteLinksInPool(inside, linkDeletion(name))) || isDeleted;
  }
  return isDeleted;
}

/** The pod may have interfaces that others made, also under the name that is wanted. */
function isEndOf(link: Link, { mac }: MacvlanEnd): boolean {
  return link.kind === "macvlan" && isOurs(link) && link.mac === mac.toLowerCase();
}

/** What the kernel would refuse with no more than "invalid argument", or only when the pod's end comes up. */
function checkParent(socket: NetlinkSocket, { uplink, mac, mtu }: MacvlanEnd, parent: Link): void {
  if (mtu > parent.mtu) {
    throw new WiringError(
      "unsupported-network",
      `the network's MTU of ${mtu} is more than the ${parent.mtu} of ${parent.name}, and macvlan devices cannot have more ` +
        `than what they sit on; raise the MTU of ${uplink.nic} or lower the network's`,
    );
  }
  if ([parent.mac, ...listStations(socket, parent)].includes(mac.toLowerCase())) {
    const remedy = "remove the other device with that MAC, give the port another one";
    throw inUse(uplink, `has the MAC ${mac} already`, "carry a macvlan device with it", remedy);
  }
}

function explained(error: unknown, { uplink }: MacvlanEnd): unknown {
  const use = "carry macvlan devices";
  if (isBusy(error)) return inUse(uplink, "is taken by a bridge, bond or ipvlan", use, "free it");
  if (isInvalid(error)) {
    return inUse(
      uplink,
      "is not Ethernet or has a macvlan device in passthru mode",
      use,
      "remove that device",
    );
  }
  if (!isNotSupported(error)) return error;
  const message = "this kernel has no macvlan devices; load its module macvlan";
  return new WiringError("unsupported-kernel", message, { cause: error });
}
