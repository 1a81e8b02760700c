/** Families of generic netlink: parts of the kernel that have a protocol of their own (linux/genetlink.h). */
import * as a from "./attributes.ts";
import * as c from "./constants.ts";
import { NetlinkError } from "./errors.ts";
import { NetlinkSocket } from "./socket.ts";

/** `struct genlmsghdr`: command, version, two bytes unused. */
const GET_FAMILY = Uint8Array.of(c.CTRL_CMD_GETFAMILY, 1, 0, 0);

/** Whether the kernel has a family of that name; it loads the module that has it, if it can. @throws NetlinkError */
export function hasGenericFamily(name: string): boolean {
  using socket = NetlinkSocket.open(c.NETLINK_GENERIC);
  const payload = a.concat([GET_FAMILY, a.string(c.CTRL_ATTR_FAMILY_NAME, name)]);
  try {
    socket.get({ type: c.GENL_ID_CTRL, flags: 0, payload, operation: `find generic netlink family ${name}` });
    return true;
  } catch (error) {
    if (error instanceof NetlinkError && error.code === "ENOENT") return false;
    throw error;
  }
}
