/** Messages of netlink and the fixed headers of rtnetlink, to and from bytes (linux/netlink.h, linux/rtnetlink.h). */
import { aligned, concat, parseAttributes, readString, view } from "./attributes.ts";
import { NLM_F_ACK_TLVS, NLM_F_CAPPED, NLM_F_REQUEST, NLMSGERR_ATTR_MSG } from "./constants.ts";

/** `struct nlmsghdr`: length, type, flags, sequence number, port id. */
const HEADER_LENGTH = 16;

/** Something to ask of the kernel, not yet numbered. */
export interface Request {
  readonly type: number;
  readonly flags: number;
  /** The fixed header of the message type, then attributes. */
  readonly payload: Uint8Array;
  /** What this does, for the error when it is refused: `create bridge brq0a1b2c3d-4e`. */
  readonly operation: string;
}

/** A message received. */
export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export interface Acknowledgement {
  /** 0 for success. */
  readonly errno: number;
  readonly kernelMessage?: string;
}

export function encodeRequest(request: Request, sequence: number, flags = 0): Uint8Array {
  const message = new Uint8Array(aligned(HEADER_LENGTH + request.payload.byteLength));
  const header = view(message);
  header.setUint32(0, HEADER_LENGTH + request.payload.byteLength, true);
  header.setUint16(4, request.type, true);
  header.setUint16(6, request.flags | flags | NLM_F_REQUEST, true);
  header.setUint32(8, sequence, true);
  message.set(request.payload, HEADER_LENGTH);
  return message;
}

/**
 * The messages in one datagram.
 *
 * @throws RangeError when a length does not fit
 */
export function parseMessages(datagram: Uint8Array): Message[] {
  const messages: Message[] = [];
  const header = view(datagram);
  for (let offset = 0; offset + HEADER_LENGTH <= datagram.byteLength; ) {
    const length = header.getUint32(offset, true);
    if (length < HEADER_LENGTH || offset + length > datagram.byteLength) {
      throw new RangeError(`netlink message of ${length} bytes at ${offset} of ${datagram.byteLength}`);
    }
    messages.push({
      type: header.getUint16(offset + 4, true),
      flags: header.getUint16(offset + 6, true),
      sequence: header.getUint32(offset + 8, true),
      payload: datagram.subarray(offset + HEADER_LENGTH, offset + length),
    });
    offset += aligned(length);
  }
  return messages;
}

/**
 * Reads NLMSG_ERROR and NLMSG_DONE: a negative error number, in an NLMSG_ERROR the message it answers (its header
 * alone when NLM_F_CAPPED), and with NLM_F_ACK_TLVS attributes with the kernel's own words.
 */
export function parseAcknowledgement(message: Message, answersRequest: boolean): Acknowledgement {
  const { payload, flags } = message;
  const header = view(payload);
  const errno = payload.byteLength >= 4 ? 0 - header.getInt32(0, true) : 0;
  if ((flags & NLM_F_ACK_TLVS) === 0) return { errno };
  const answered = flags & NLM_F_CAPPED || !answersRequest ? 0 : header.getUint32(4, true) - HEADER_LENGTH;
  const start = answersRequest ? 4 + HEADER_LENGTH + aligned(answered) : 4;
  const kernelMessage = readString(parseAttributes(payload.subarray(start)), NLMSGERR_ATTR_MSG);
  return kernelMessage ? { errno, kernelMessage } : { errno };
}

/** `struct ifinfomsg`, 16 bytes. `flags` are IFF_…, `change` says which of them are meant. */
export interface LinkHeader {
  readonly index: number;
  readonly flags: number;
  readonly change: number;
}

export function encodeLink(header: Partial<LinkHeader>, ...attributes: readonly Uint8Array[]): Uint8Array {
  const fixed = new Uint8Array(16);
  const fields = view(fixed);
  fields.setInt32(4, header.index ?? 0, true);
  fields.setUint32(8, header.flags ?? 0, true);
  fields.setUint32(12, header.change ?? 0, true);
  return concat([fixed, ...attributes]);
}

export function parseLink(payload: Uint8Array) {
  const fields = view(payload);
  return {
    index: fields.getInt32(4, true),
    flags: fields.getUint32(8, true),
    attributes: parseAttributes(payload.subarray(16)),
  };
}

/** `struct ifaddrmsg`, 8 bytes. */
export interface AddressHeader {
  readonly family: number;
  readonly prefixLength: number;
  readonly scope: number;
  readonly index: number;
}

export function encodeAddress(
  header: Partial<AddressHeader>,
  ...attributes: readonly Uint8Array[]
): Uint8Array {
  const fixed = Uint8Array.of(header.family ?? 0, header.prefixLength ?? 0, 0, header.scope ?? 0, 0, 0, 0, 0);
  view(fixed).setUint32(4, header.index ?? 0, true);
  return concat([fixed, ...attributes]);
}

export function parseAddressMessage(payload: Uint8Array) {
  const [family = 0, prefixLength = 0, flags = 0, scope = 0] = payload;
  const index = view(payload).getUint32(4, true);
  return { family, prefixLength, flags, scope, index, attributes: parseAttributes(payload.subarray(8)) };
}

/** `struct ndmsg`, 12 bytes: family, link, state, flags, type. */
export function encodeNeighbour(header: { readonly family: number; readonly index: number }): Uint8Array {
  const fixed = new Uint8Array(12);
  fixed[0] = header.family;
  view(fixed).setInt32(4, header.index, true);
  return fixed;
}

export function parseNeighbour(payload: Uint8Array) {
  return { index: view(payload).getInt32(4, true), attributes: parseAttributes(payload.subarray(12)) };
}

/** `struct rtmsg`, 12 bytes. */
export interface RouteHeader {
  readonly family: number;
  readonly destinationLength: number;
  readonly tos: number;
  readonly table: number;
  readonly protocol: number;
  readonly scope: number;
  readonly type: number;
  readonly flags: number;
}

export function encodeRoute(header: Partial<RouteHeader>, ...attributes: readonly Uint8Array[]): Uint8Array {
  const { family = 0, destinationLength = 0, tos = 0, table = 0, protocol = 0, scope = 0, type = 0 } = header;
  const fixed = Uint8Array.of(family, destinationLength, 0, tos, table, protocol, scope, type, 0, 0, 0, 0);
  view(fixed).setUint32(8, header.flags ?? 0, true);
  return concat([fixed, ...attributes]);
}

export function parseRouteMessage(payload: Uint8Array) {
  const [family = 0, destinationLength = 0, , tos = 0, table = 0, protocol = 0, scope = 0, type = 0] =
    payload;
  const flags = view(payload).getUint32(8, true);
  const header: RouteHeader = { family, destinationLength, tos, table, protocol, scope, type, flags };
  return { header, attributes: parseAttributes(payload.subarray(12)) };
}
