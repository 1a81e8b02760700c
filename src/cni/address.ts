import { isAddress } from "../ip.ts";

/** An IP address, with the prefix length of its subnet where that was given. */
export interface Address {
  address: string;
  family: 4 | 6;
  prefixLength?: number;
}

const PREFIX_LENGTH = /^(?:0|[1-9][0-9]{0,2})$/;

/** The family of an IP address, or undefined when the text is none. Zone identifiers are not accepted. */
export function familyOf(address: string): 4 | 6 | undefined {
  if (!isAddress(address)) {
    return undefined;
  }
  return address.includes(":") ? 6 : 4;
}

/** Reads `10.0.0.5` or `10.0.0.5/24`; undefined when the text is neither. */
export function parseAddress(text: string): Address | undefined {
  const slash = text.indexOf("/");
  const address = slash === -1 ? text : text.slice(0, slash);
  const family = familyOf(address);
  if (family === undefined) {
    return undefined;
  }
  if (slash === -1) {
    return { address, family };
  }
  const prefix = text.slice(slash + 1);
  const prefixLength = Number(prefix);
  const isValid = PREFIX_LENGTH.test(prefix) && prefixLength <= (family === 4 ? 32 : 128);
  return isValid ? { address, family, prefixLength } : undefined;
}

/** Reads `10.0.0.5/24`; undefined when the text is not an address with a prefix length. */
export function parseCidr(text: string): Required<Address> | undefined {
  const { address, family, prefixLength } = parseAddress(text) ?? {};
  return address !== undefined && family !== undefined && prefixLength !== undefined
    ? { address, family, prefixLength }
    : undefined;
}
