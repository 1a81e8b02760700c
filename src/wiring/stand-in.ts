/**
 * Wiring a port ahead of its pod, whatever the host's end is plugged into:
 *
 *     switch ── tap ══ stand-in  ⇠redirects⇢  pod's side ══ eth0
 *               (the node)                    (the node)   (the pod)
 *
 * The tap is one end of a veth whose other end, the *stand-in*, stays on the node. For the pod a second veth is made, and
 * redirects join the two: what comes in on the pod's side is taken for what has come in on the tap, and what comes out of
 * the stand-in is sent by the pod's side.
 *
 * So the tap itself is never touched: neither Neutron's agent nor Open vSwitch notices anything, and filters by the tap's
 * name are in force all the while. (Giving the tap's name to another device would leave a moment without it; an agent
 * that looks for its devices just then removes the port's filters, and reports the port DOWN.)
 *
 * A stand-in is down unless a pod's side is there and redirects are complete: what passes, passes both or nothing.
 */
import { isExist, isNoEntry, type NetlinkError } from "../netlink/errors.ts";
import { createVeth, setLink, withoutIpv6Address } from "../netlink/link-changes.ts";
import { findLink, type Link } from "../netlink/links.ts";
import { Namespace } from "../netlink/namespace.ts";
import { addFilterHook, addRedirect, findRedirect, removeRedirect } from "../netlink/redirects.ts";
import type { NetlinkSocket } from "../netlink/socket.ts";
import { WiringError } from "./errors.ts";
import { podSideName, standInName, tapMac } from "./names.ts";
import { isOurs, SKYNET_MARK } from "./owner.ts";
import { putAside } from "./put-aside.ts";
import { interfaceExists, makeVeth } from "./veth.ts";
import type { PodEnd } from "./wiring.ts";

/** What has to be known of a port to put a pod in the place of its stand-in. */
export interface StandInPlan {
  readonly portId: string;
  readonly hostEnd: string;
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
}

/** A port's links on the node, as far as they are there and skynet's. */
export interface StandInParts {
  readonly tap?: Link;
  readonly standIn?: Link;
  readonly podSide?: Link;
}

/** @throws NetlinkError */
export function findParts(socket: NetlinkSocket, hostEnd: string): StandInParts {
  const find = (name: string) => {
    const link = findLink(socket, name);
    return link && isOurs(link) ? link : undefined;
  };
  const [tap, standIn, podSide] = [hostEnd, standInName(hostEnd), podSideName(hostEnd)].map(find);
  return { ...(tap && { tap }), ...(standIn && { standIn }), ...(podSide && { podSide }) };
}

/** Those of a port that can take a pod. */
export type FreeParts = Required<Pick<StandInParts, "tap" | "standIn">>;

/** Whether the stand-in is in place, and no pod. */
export function isFree(parts: StandInParts): parts is FreeParts {
  return parts.tap !== undefined && parts.standIn !== undefined && parts.podSide === undefined;
}

/**
 * Makes the stand-in of a port without a pod ready for one. May be repeated.
 *
 * @throws WiringError "unsupported-kernel"; NetlinkError
 */
export function prepareStandIn(socket: NetlinkSocket, standIn: Link): void {
  closeStandIn(socket, standIn);
  const [refused, notHooked] = socket.attempt([withoutIpv6Address(standIn), addFilterHook(standIn)]);
  const failure = unlessWithoutIpv6(refused);
  if (failure) throw failure;
  if (notHooked && !isExist(notHooked)) throw unsupported(notHooked);
}

/**
 * Connects a pod in place of the stand-in; its end is DOWN.
 *
 * @throws WiringError "not-parked", "interface-exists", "unsupported-kernel"; NamespaceError; NetlinkError
 */
export function occupyStandIn(socket: NetlinkSocket, plan: StandInPlan, pod: PodEnd): void {
  const parts = findParts(socket, plan.hostEnd);
  if (!isFree(parts)) throw notParked(plan, parts.podSide);
  const { tap, standIn } = parts;
  // Redirects of a pod whose namespace was removed before it was unplugged.
  if (standIn.up) closeStandIn(socket, standIn);
  using namespace = Namespace.open(pod.netns);
  const made = makePodSide(socket, plan, namespace, pod);
  try {
    const [refused, ...others] = socket.attempt([
      withoutIpv6Address(made),
      setLink(made, { alias: pod.owner ?? "" }),
      addFilterHook(made),
      addRedirect(made, tap, "in"),
      addRedirect(standIn, made, "out"),
    ]);
    const failure = others.find((error) => error !== undefined) ?? unlessWithoutIpv6(refused);
    if (failure) throw failure;
    socket.batch([made, standIn].map((link) => setLink(link, { up: true })));
  } catch (error) {
    vacateStandIn(socket, plan.hostEnd);
    throw unsupported(error);
  }
}

/** Takes the pod off the network: at once, and before anything else. May be repeated. @throws NetlinkError */
export function vacateStandIn(socket: NetlinkSocket, hostEnd: string): void {
  const { standIn, podSide } = findParts(socket, hostEnd);
  if (podSide) putAside(socket, [podSide]);
  if (standIn) closeStandIn(socket, standIn);
}

/** What is wrong with a pod that has taken the place of a stand-in. @throws NetlinkError */
export function standInProblems(socket: NetlinkSocket, hostEnd: string): string[] {
  const { tap, standIn, podSide } = findParts(socket, hostEnd);
  if (!podSide) return [];
  if (!tap || !standIn) return [`the device ${standInName(hostEnd)} is missing`];
  const problems = (link: Link, target: Link) => [
    ...(link.up ? [] : [`the device ${link.name} is down`]),
    ...(findRedirect(socket, link) === target.index
      ? []
      : [`what comes in on ${link.name} is not redirected to ${target.name}`]),
  ];
  return [...problems(standIn, podSide), ...problems(podSide, tap)];
}

/** The redirect may be missing already. */
function closeStandIn(socket: NetlinkSocket, standIn: Link): void {
  const [failure] = socket.attempt([setLink(standIn, { up: false }), removeRedirect(standIn)]);
  if (failure) throw failure;
}

/** The node is to have no address on the port's network; a kernel without IPv6 has none to give. */
function unlessWithoutIpv6(refused: NetlinkError | undefined): NetlinkError | undefined {
  return refused?.code === "EAFNOSUPPORT" ? undefined : refused;
}

function makePodSide(socket: NetlinkSocket, plan: StandInPlan, namespace: Namespace, pod: PodEnd): Link {
  const name = podSideName(plan.hostEnd);
  const request = createVeth({
    name,
    mac: tapMac(plan.mac),
    mtu: plan.mtu,
    up: false,
    group: SKYNET_MARK,
    peer: { namespaceFd: namespace.fd, name: pod.ifname, mac: plan.mac },
  });
  makeVeth(socket, request, () => {
    const other = findLink(socket, name);
    throw other ? notParked(plan, other) : interfaceExists(pod.ifname, pod.netns);
  });
  const made = findLink(socket, name);
  if (made) return made;
  throw new WiringError(
    "interface-missing",
    `the interface ${pod.ifname} disappeared as soon as it was made; was the pod deleted meanwhile?`,
  );
}

function notParked(plan: StandInPlan, podSide: Link | undefined): WiringError {
  const why = podSide
    ? `${podSide.name} is there for ${podSide.alias ?? "another pod"}`
    : "there is no stand-in";
  return new WiringError("not-parked", `the port ${plan.portId} cannot take a pod: ${why}`);
}

/** ENOENT is what the kernel says of a kind of filter or action that it lacks. */
function unsupported(error: unknown): unknown {
  if (!isNoEntry(error)) return error;
  return new WiringError(
    "unsupported-kernel",
    "this kernel cannot wire ports ahead of pods: it needs the modules sch_ingress, cls_u32 and act_mirred",
    { cause: error },
  );
}
