/**
 * The kinds of value that the configuration is made of. Each schema's message completes the sentence
 * `<key> is <value>: …`, for a wrong type as well as for a wrong content.
 */
import * as v from "valibot";
import { formatPrefix, isAddress, networkOf, parsePrefix } from "../ip.ts";

const UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
const UUID_ONLY = new RegExp(`^${UUID}$`);

function matching(pattern: RegExp, allowed: string) {
  return v.pipe(v.string(allowed), v.regex(pattern, allowed));
}

/** The id of a Neutron resource, read into lower case as Neutron writes it. */
export const uuid = v.pipe(
  matching(UUID_ONLY, "it must be a UUID such as e5e7478a-53ec-4063-a4dc-f3ca3ba3e98b"),
  v.toLowerCase(),
);

const UUIDS_ALLOWED = "it must be UUIDs separated by commas";

/** UUIDs separated by commas, with spaces where one likes; see {@link splitList}. */
export const uuidList = v.pipe(
  v.string(UUIDS_ALLOWED),
  v.check(
    (list) => wrongItem(list) === undefined,
    (issue) => `${UUIDS_ALLOWED}, and "${wrongItem(issue.input)}" is not a UUID`,
  ),
  v.toLowerCase(),
  v.metadata({ pattern: `^\\s*(${UUID}\\s*(,\\s*|$))*$` }),
);

function wrongItem(list: string): string | undefined {
  return splitList(list).find((item) => !UUID_ONLY.test(item));
}

/** The items of a comma-separated list, trimmed, without empty ones. */
export function splitList(list: string): string[] {
  return list
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

const URL_ALLOWED =
  "it must be an http:// or https:// URL without user name, query or fragment, such as http://192.168.7.211:9696";

const HTTP_URL = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#@\\s]+(/[^?#\\s]*)?$";

/** A base URL, read without slashes at its end. */
export const httpUrl = v.pipe(
  v.string(URL_ALLOWED),
  v.check(isHttpUrl, URL_ALLOWED),
  v.transform((url) => url.replace(/\/+$/, "")),
  v.metadata({ format: "uri", pattern: HTTP_URL }),
);

function isHttpUrl(text: string): boolean {
  return new RegExp(HTTP_URL).test(text) && URL.canParse(text);
}

const IP_ALLOWED = "it must be an IP address such as 192.168.7.160 or 2001:db8::1";

/** An IPv4 or IPv6 address, without prefix length or zone. */
export const ipAddress = v.pipe(
  v.string(IP_ALLOWED),
  v.check(isAddress, IP_ALLOWED),
  v.metadata({ anyOf: [{ format: "ipv4" }, { format: "ipv6" }] }),
);

const CIDR_ALLOWED = "it must be a network in CIDR notation such as 10.254.0.0/16";

/** A network whose host bits are zero: the kernel refuses a route to any other. */
export const cidr = v.pipe(
  v.string(CIDR_ALLOWED),
  v.check(isCidr, CIDR_ALLOWED),
  v.check(
    (text) => !hasHostBits(text),
    (issue) => `its host bits must be zero: did you mean ${withoutHostBits(issue.input)}?`,
  ),
  v.metadata({ pattern: "^[0-9A-Fa-f:.]+/[0-9]{1,3}$" }),
);

function isCidr(text: string): boolean {
  try {
    parsePrefix(text);
    return true;
  } catch {
    return false;
  }
}

function hasHostBits(text: string): boolean {
  const { bytes } = parsePrefix(text);
  const network = networkOf(parsePrefix(text)).bytes;
  return bytes.some((byte, index) => byte !== network[index]);
}

function withoutHostBits(text: string): string {
  const { bytes, length } = networkOf(parsePrefix(text));
  return formatPrefix(bytes, length);
}

/** The family of an address or network that has passed validation. */
export function familyOf(addressOrNetwork: string): 4 | 6 {
  return addressOrNetwork.includes(":") ? 6 : 4;
}

/** A network device's name, as the kernel's `dev_valid_name` accepts it, of printable ASCII. */
export const nicName = matching(
  /^(?!\.{1,2}$)[!-.0-9;-~]{1,15}$/,
  "it must be the name of a network device: at most 15 characters, without spaces, slashes or colons",
);

export const absolutePath = matching(/^\/[^\0]*$/, "it must be an absolute path");

/** Where ovsdb-server listens, in the words of its own tools: a unix socket, or TCP with an IPv6 address in brackets. */
export const ovsdbConnection = matching(
  /^(unix:\/[^\0]*|tcp:([^:[\]\s]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5})$/,
  "it must be unix:PATH or tcp:HOST:PORT such as unix:/run/openvswitch/db.sock or tcp:127.0.0.1:6640",
);

const SECONDS_ALLOWED = "it must be a number of seconds from 1 to 3600";

/** A duration in seconds; fractions are allowed. */
export const seconds = v.pipe(
  v.number(SECONDS_ALLOWED),
  v.minValue(1, SECONDS_ALLOWED),
  v.maxValue(3600, SECONDS_ALLOWED),
);

function wholeNumber(least: number) {
  const allowed = `it must be a whole number from ${least} to 1000`;
  return v.pipe(v.number(allowed), v.integer(allowed), v.minValue(least, allowed), v.maxValue(1000, allowed));
}

/** How many of something: none, too. */
export const count = wholeNumber(0);
export const atLeastOne = wholeNumber(1);

/** An address with a port to listen on; IPv6 in brackets. */
export const listenAddress = matching(
  /^([0-9.]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}$/,
  "it must be ADDRESS:PORT such as 127.0.0.1:9476 or [::1]:9476",
);

export const flag = v.boolean("it must be true or false");

/** An identifier or a secret that OpenStack interprets: any text that a database column holds. */
export const text = v.pipe(
  v.string("it must be a string"),
  v.maxLength(4096, "it must have at most 4096 characters"),
);

/** One of `options`. */
export function oneOf<const Options extends readonly string[]>(options: Options) {
  return v.picklist(options, () => {
    const quoted = options.map((option) => `"${option}"`);
    return `it must be ${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
  });
}

/** The message of a section that is no JSON object. */
export const NOT_AN_OBJECT = "it must be an object";
