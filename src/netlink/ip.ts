/** Addresses as netlink carries them: their bytes, and the number of their family. */
import * as ip from "../ip.ts";
import { AF_INET, AF_INET6 } from "./constants.ts";

export { contains, formatAddress, formatPrefix, networkOf, parseAddress } from "../ip.ts";

export type Family = typeof AF_INET | typeof AF_INET6;

export interface Prefix extends ip.Prefix {
  readonly family: Family;
}

/**
 * Reads `10.0.0.5/24` or `2001:db8::5/64`; host bits may be set.
 *
 * @throws RangeError
 */
export function parsePrefix(text: string): Prefix {
  const prefix = ip.parsePrefix(text);
  return { ...prefix, family: familyOf(prefix.bytes) };
}

export function familyOf(bytes: Uint8Array): Family {
  return bytes.byteLength === 4 ? AF_INET : AF_INET6;
}
