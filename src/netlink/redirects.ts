/**
 * Redirects: every frame that comes in on one link is carried on by another. They are filters of traffic control
 * (`tc filter show dev NAME ingress`), of kinds that kernels have had for long: clsact (Linux 4.5), u32, mirred.
 */
import * as a from "./attributes.ts";
import * as c from "./constants.ts";
import type { Link } from "./links.ts";
import type { Request } from "./message.ts";
import type { NetlinkSocket } from "./socket.ts";

/**
 * - out: the target sends it
 * - in: it is taken for a frame that has come in on the target
 */
export type Direction = "out" | "in";

type Named = Pick<Link, "index" | "name">;

const directions = { out: c.TCA_EGRESS_REDIR, in: c.TCA_INGRESS_REDIR };

/** Where on a link filters are hung up (`tc qdisc add dev NAME clsact`); refused with EEXIST when it is there. */
export function addFilterHook(link: Named): Request {
  return {
    type: c.RTM_NEWQDISC,
    flags: c.NLM_F_CREATE | c.NLM_F_EXCL,
    payload: encodeTraffic(link.index, c.TC_H_CLSACT, 0, a.string(c.TCA_KIND, "clsact")),
    operation: `add a hook for filters to ${link.name}`,
  };
}

/** Carries on by `target` all that comes in on `link`, which must have a hook. While the target is away, it is dropped. */
export function addRedirect(link: Named, target: Named, direction: Direction): Request {
  return {
    type: c.RTM_NEWTFILTER,
    flags: c.NLM_F_CREATE | c.NLM_F_EXCL,
    payload: encodeTraffic(
      link.index,
      c.TC_H_CLSACT_INGRESS,
      filterInfo(),
      a.string(c.TCA_KIND, "u32"),
      a.nested(
        c.TCA_OPTIONS,
        a.bytes(c.TCA_U32_SEL, matchAll()),
        a.nested(c.TCA_U32_ACT, a.nested(FIRST_ACTION, ...redirectTo(target.index, directions[direction]))),
      ),
    ),
    operation: `redirect frames of ${link.name} to ${target.name}`,
  };
}

/** Removes what {@link addRedirect} added; refused with ENOENT or EINVAL when there is nothing. */
export function removeRedirect(link: Named): Request {
  return {
    type: c.RTM_DELTFILTER,
    flags: 0,
    payload: encodeTraffic(link.index, c.TC_H_CLSACT_INGRESS, filterInfo()),
    operation: `remove the redirect of ${link.name}`,
  };
}

/** Index of the link that {@link addRedirect} has made the target, or nothing. @throws NetlinkError */
export function findRedirect(socket: NetlinkSocket, link: Named): number | undefined {
  const payload = encodeTraffic(link.index, c.TC_H_CLSACT_INGRESS, 0);
  const operation = `list filters of ${link.name}`;
  return socket
    .dump({ type: c.RTM_GETTFILTER, flags: 0, payload, operation })
    .map((message) => readTarget(message.payload))
    .find((target) => target !== undefined);
}

/** The target of a filter as the kernel tells it; it tells a table of the kind u32 as a filter without actions. */
export function readTarget(payload: Uint8Array): number | undefined {
  const attributes = a.parseAttributes(payload.subarray(HEADER_LENGTH));
  const options = a.readNested(attributes, c.TCA_OPTIONS);
  const action = a.readNested(a.readNested(options, c.TCA_U32_ACT), FIRST_ACTION);
  const parameters = a.readNested(action, c.TCA_ACT_OPTIONS).get(c.TCA_MIRRED_PARMS);
  return parameters && a.view(parameters).getUint32(TARGET_OFFSET, true);
}

/** Of `struct tcmsg`. */
const HEADER_LENGTH = 20;
/** Actions are numbered in their order. */
const FIRST_ACTION = 1;
/** Of the link's index in `struct tc_mirred`. */
const TARGET_OFFSET = 24;

/** `struct tcmsg`, 20 bytes: family, link, handle, parent, info. */
function encodeTraffic(index: number, parent: number, info: number, ...attributes: Uint8Array[]): Uint8Array {
  const fixed = new Uint8Array(HEADER_LENGTH);
  const fields = a.view(fixed);
  fields.setInt32(4, index, true);
  fields.setUint32(12, parent, true);
  fields.setUint32(16, info, true);
  return a.concat([fixed, ...attributes]);
}

/** Priority of the only filter, and all protocols. */
function filterInfo(): number {
  return (1 << 16) | c.ETH_P_ALL;
}

/** `struct tc_u32_sel` without a key. */
function matchAll(): Uint8Array {
  const selector = new Uint8Array(16);
  selector[0] = c.TC_U32_TERMINAL;
  return selector;
}

/** `struct tc_mirred`: index, capabilities, action, two counters of references, what to do, link. */
function redirectTo(index: number, what: number): Uint8Array[] {
  const parameters = new Uint8Array(28);
  const fields = a.view(parameters);
  fields.setInt32(8, c.TC_ACT_STOLEN, true);
  fields.setInt32(20, what, true);
  fields.setUint32(TARGET_OFFSET, index, true);
  return [
    a.string(c.TCA_ACT_KIND, "mirred"),
    a.nested(c.TCA_ACT_OPTIONS, a.bytes(c.TCA_MIRRED_PARMS, parameters)),
  ];
}
