/**
 * The links of a route over several of them: RTA_MULTIPATH holds one `struct rtnexthop` each (linux/rtnetlink.h), of
 * 2 bytes length, 1 byte flags, 1 byte weight, 4 bytes link, and attributes.
 */
import { aligned, view } from "./attributes.ts";
import { RTNH_F_ONLINK } from "./constants.ts";

const HEADER_LENGTH = 8;
const LINK_OFFSET = 4;

/** Indexes of the links. @throws RangeError when a length does not fit */
export function linksOf(multipath: Uint8Array): number[] {
  return nexthops(multipath).map((offset) => view(multipath).getInt32(offset + LINK_OFFSET, true));
}

/** The same with one link in the place of another. @throws RangeError when a length does not fit */
export function withLink(multipath: Uint8Array, from: number, to: number): Uint8Array {
  const changed = multipath.slice();
  for (const offset of nexthops(changed)) {
    const field = view(changed);
    // Of the flags only "on the link" is ours to set.
    changed[offset + 2] = (changed[offset + 2] ?? 0) & RTNH_F_ONLINK;
    if (field.getInt32(offset + LINK_OFFSET, true) === from) field.setInt32(offset + LINK_OFFSET, to, true);
  }
  return changed;
}

/** Where each begins. */
function nexthops(multipath: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let offset = 0; offset + HEADER_LENGTH <= multipath.byteLength; ) {
    const length = view(multipath).getUint16(offset, true);
    if (length < HEADER_LENGTH || offset + length > multipath.byteLength) {
      throw new RangeError(`next hop of ${length} bytes at ${offset} of ${multipath.byteLength}`);
    }
    offsets.push(offset);
    offset += aligned(length);
  }
  return offsets;
}
