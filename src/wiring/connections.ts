import { flushConntrack } from "../netlink/conntrack.ts";
import type { PortAddresses } from "./wiring.ts";

/** Makes the kernel forget the connections of ports; it is always there to do so: no warnings. @throws NetlinkError */
export function forgetInKernel(ports: readonly PortAddresses[]): string[] {
  flushConntrack(ports.flatMap(({ addresses }) => addresses));
  return [];
}
