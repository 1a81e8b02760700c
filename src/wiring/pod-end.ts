/** The pod's end: its interface as seen, and changed, from inside the pod's network namespace. */
import { addAddress, listAddresses } from "../netlink/addresses.ts";
import * as c from "../netlink/constants.ts";
import { isAccessDenied, isMissingNamespace } from "../netlink/errors.ts";
import { contains, type Family, parseAddress, parsePrefix } from "../netlink/ip.ts";
import { setLink } from "../netlink/link-changes.ts";
import { deleteLinksInPool, findLink, findLinkByIndex, type Link, linkDeletion } from "../netlink/links.ts";
import type { Request } from "../netlink/message.ts";
import { writeSettingIn } from "../netlink/namespace.ts";
import { listRoutes, replaceRoute } from "../netlink/routes.ts";
import { NetlinkSocket } from "../netlink/socket.ts";
import { SystemCallError } from "../system/errno.ts";
import { WiringError } from "./errors.ts";
import { ipv6SwitchOf } from "./ipv6-setting.ts";
import { isPutAside } from "./put-aside.ts";
import type { PodEnd } from "./wiring.ts";

export interface PodRoute {
  /** `0.0.0.0/0` */
  readonly dst: string;
  readonly gw?: string;
  /** The gateway is reached on the link though it is outside the pod's subnets. */
  readonly onlink?: boolean;
}

export interface PodEndSettings {
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
  /** `10.0.0.5/24` */
  readonly addresses: readonly string[];
  readonly routes: readonly PodRoute[];
}

export interface PodEndState {
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** Without link-local ones. */
  readonly addresses: readonly string[];
  readonly routes: readonly PodRoute[];
}

/** Index of the first link of every network namespace. */
const LOOPBACK = 1;
/** IPv6 of every link's own kind, which is never part of what was asked for. */
const LINK_LOCAL = /^fe80:|^ff00:/i;

/**
 * Brings the pod's end into service: loopback and interface up, addresses, routes. May be repeated.
 *
 * The addresses are there before the interface comes up, so that the kernel announces them then: neighbours may still
 * know the MAC of the pod that had an address before.
 *
 * @throws WiringError "interface-missing"; NamespaceError; NetlinkError; RangeError for what is not an address
 */
export function configurePodEnd(pod: PodEnd, settings: PodEndSettings): void {
  using socket = NetlinkSocket.openIn(pod.netns);
  const link = requireLink(socket, pod);
  if (settings.addresses.some(isIpv6)) announceIpv6(pod);
  const requests = podEndRequests(link, settings);
  const failure = socket.attempt(requests).find((error) => error !== undefined);
  if (!failure) return;
  if (!isAccessDenied(failure)) throw failure;
  // Runtimes may hand over a namespace with IPv6 disabled; the pod is meant to have the addresses it was given.
  writeSettingIn(pod.netns, ipv6SwitchOf(pod.ifname), "0");
  socket.batch(requests);
}

/**
 * Makes the kernel send an unsolicited neighbour advertisement for each IPv6 address when the interface comes up
 * (ip-sysctl.rst: ndisc_notify). Where /proc/sys cannot be written, neighbours find out by themselves.
 */
function announceIpv6(pod: PodEnd): void {
  try {
    writeSettingIn(pod.netns, `/proc/sys/net/ipv6/conf/${pod.ifname}/ndisc_notify`, "1");
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
  }
}

/**
 * Has the kernel announce the pod's addresses again, by setting the MAC that the interface has already: the first
 * announcement, on coming up, may have met a bridge that did not forward yet.
 *
 * @throws WiringError "interface-missing"; NamespaceError; NetlinkError
 */
export function announcePodEnd(pod: PodEnd, mac: string): void {
  using socket = NetlinkSocket.openIn(pod.netns);
  socket.request(setLink(requireLink(socket, pod), { mac }));
}

/** Everything that {@link configurePodEnd} asks for, in order. */
export function podEndRequests(link: Pick<Link, "index" | "name">, settings: PodEndSettings): Request[] {
  return [
    setLink({ index: LOOPBACK, name: "lo" }, { up: true }),
    setLink(link, { mac: settings.mac, mtu: settings.mtu, arpNotify: true }),
    ...settings.addresses.map((address) => addAddress(link.index, address)),
    setLink(link, { up: true }),
    ...withGatewayRoutes(settings).map(({ dst, gw }) =>
      replaceRoute({ dst, oif: link.index, ...(gw === undefined ? {} : { gateway: gw }) }),
    ),
  ];
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}

/** Before a route whose gateway is outside the pod's subnets comes one to the gateway itself, on the link. */
export function withGatewayRoutes(settings: Pick<PodEndSettings, "addresses" | "routes">): PodRoute[] {
  const subnets = settings.addresses.map(parsePrefix);
  const isOutside = (gateway: string) =>
    !LINK_LOCAL.test(gateway) && !subnets.some((subnet) => contains(subnet, parseAddress(gateway)));
  const gateways = settings.routes.flatMap(({ gw, onlink }) =>
    gw !== undefined && (onlink || isOutside(gw)) ? [gw] : [],
  );
  const direct = [...new Set(gateways)].map((gw) => ({ dst: `${gw}/${isIpv6(gw) ? 128 : 32}` }));
  const viaNobody = settings.routes.filter(({ gw }) => gw === undefined);
  return [...viaNobody, ...direct, ...settings.routes.filter(({ gw }) => gw !== undefined)];
}

/** The pod's end as it is, or nothing when interface or namespace is missing. @throws NamespaceError, NetlinkError */
export function inspectPodEnd(pod: PodEnd): PodEndState | undefined {
  return inPod(pod, (socket, link) => ({
    mac: link.mac,
    mtu: link.mtu,
    up: link.up,
    addresses: listAddresses(socket, link.index)
      .map(({ address }) => address)
      .filter((address) => !LINK_LOCAL.test(address)),
    routes: ([c.AF_INET, c.AF_INET6] as const).flatMap((family) => mainRoutes(socket, family, link)),
  }));
}

/**
 * Whether the pod has an interface of that name; not so when its namespace is missing, or when the interface has been
 * cut off the network and only waits to be deleted.
 */
export function podEndExists(pod: PodEnd): boolean {
  const found = inPod(pod, (_, link) => link);
  return found !== undefined && !isCutOff(found);
}

/** Whether the node's end of a pod's veth was put aside. */
function isCutOff({ kind, index, parent }: Link): boolean {
  if (kind !== "veth" || parent === undefined) return false;
  using socket = NetlinkSocket.open();
  const other = findLinkByIndex(socket, parent);
  return other !== undefined && other.parent === index && isPutAside(other);
}

/** Deletes the pod's interface, and with it the host's end of a veth. Answers whether there was one. @throws NetlinkError */
export async function deletePodEnd({ netns, ifname }: PodEnd): Promise<boolean> {
  try {
    using socket = NetlinkSocket.openIn(netns);
    return await deleteLinksInPool(socket, linkDeletion(ifname));
  } catch (error) {
    if (isMissingNamespace(error)) return false;
    throw error;
  }
}

function inPod<T>(pod: PodEnd, look: (socket: NetlinkSocket, link: Link) => T): T | undefined {
  try {
    using socket = NetlinkSocket.openIn(pod.netns);
    const link = findLink(socket, pod.ifname);
    return link && look(socket, link);
  } catch (error) {
    if (isMissingNamespace(error)) return undefined;
    throw error;
  }
}

function requireLink(socket: NetlinkSocket, pod: PodEnd): Link {
  const link = findLink(socket, pod.ifname);
  if (link) return link;
  throw new WiringError(
    "interface-missing",
    `the interface ${pod.ifname} is not in ${pod.netns} any more; was the pod deleted meanwhile?`,
  );
}

function mainRoutes(socket: NetlinkSocket, family: Family, link: Link): PodRoute[] {
  return listRoutes(socket, { family, oif: link.index })
    .filter(({ table, dst }) => table === c.RT_TABLE_MAIN && !LINK_LOCAL.test(dst))
    .map(({ dst, gateway }) => (gateway === undefined ? { dst } : { dst, gw: gateway }));
}
