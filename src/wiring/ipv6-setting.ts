import { SystemCallError } from "../system/errno.ts";
import { writeSetting } from "../system/files.ts";
import { messageOf, WiringError } from "./errors.ts";

/**
 * Switches IPv6 of a link of the own namespace on or off. A kernel without IPv6 needs no switching off.
 *
 * @throws WiringError "setting-refused"
 */
export function setIpv6(link: string, enabled: boolean): void {
  const file = ipv6SwitchOf(link);
  try {
    writeSetting(file, enabled ? "0" : "1");
  } catch (error) {
    if (!enabled && error instanceof SystemCallError && error.code === "ENOENT") return;
    const wanted = enabled ? "on" : "off";
    throw new WiringError(
      "setting-refused",
      `IPv6 of ${link} cannot be switched ${wanted}: ${messageOf(error)}; /proc/sys must be writable for skynet`,
      { cause: error },
    );
  }
}

/** The file that holds 1 while IPv6 is disabled on a link. */
export function ipv6SwitchOf(link: string): string {
  return `/proc/sys/net/ipv6/conf/${link}/disable_ipv6`;
}
