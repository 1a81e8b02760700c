/** What a link leaves to hardware that is not there: ethtool's old interface, one ioctl on any socket of its namespace. */
import { SystemCallError } from "../system/errno.ts";
import * as libc from "../system/libc.ts";
import { view } from "./attributes.ts";
import { NetlinkError } from "./errors.ts";
import { Namespace } from "./namespace.ts";

/** linux/sockios.h */
const SIOCETHTOOL = 0x8946;
/** linux/ethtool.h: the checksums of what is sent; who leaves them out cannot leave segmentation to others either. */
const ETHTOOL_STXCSUM = 0x17;
/** `struct ifreq`: 16 bytes of name, then a union of 24 whose first member here is a pointer (linux/if.h). */
const IFREQ_BYTES = 40;
const IFREQ_DATA = 16;

/**
 * Makes a link of another namespace send complete checksums. Between two ends of a veth they are left out, for the
 * packet never leaves the kernel; a userspace switch takes it out of the kernel as it is.
 *
 * @throws NamespaceError, NetlinkError
 */
export function completeChecksums(namespacePath: string, link: string): void {
  using namespace = Namespace.open(namespacePath);
  const socket = namespace.within(() => libc.socket(libc.AF_INET, libc.SOCK_DGRAM, 0));
  try {
    libc.ioctl(socket, SIOCETHTOOL, ethtoolRequest(link, ETHTOOL_STXCSUM, 0));
  } catch (error) {
    if (!(error instanceof SystemCallError)) throw error;
    throw new NetlinkError(error.errno, `complete the checksums of ${link}`);
  } finally {
    libc.close(socket);
  }
}

/** The `struct ifreq` and, behind it, the `struct ethtool_value` it points to: in one array, so that they live as long. */
function ethtoolRequest(link: string, command: number, value: number): Uint8Array {
  const request = new Uint8Array(IFREQ_BYTES + 8);
  request.set(new TextEncoder().encode(link));
  const fields = view(request);
  fields.setBigUint64(IFREQ_DATA, libc.addressOf(request) + BigInt(IFREQ_BYTES), true);
  fields.setUint32(IFREQ_BYTES, command, true);
  fields.setUint32(IFREQ_BYTES + 4, value, true);
  return request;
}
