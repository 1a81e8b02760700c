import { CniCode, CniError } from "./errors.ts";
import { describeValue } from "./field.ts";

/** Every released version of the CNI specification, oldest first. */
export const SUPPORTED_VERSIONS = ["0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"] as const;

export type CniVersion = (typeof SUPPORTED_VERSIONS)[number];

export const NEWEST_VERSION: CniVersion = "1.1.0";

/** SPEC.md: a configuration that states no version is of the first one. */
const VERSION_WHEN_MISSING: CniVersion = "0.1.0";

/** Spellings that no CNI version list contains but that configurations in the field use. */
const VERSION_ALIASES: Readonly<Record<string, CniVersion>> = { "1.0": "1.0.0" };

/** The version that introduced each verb. */
export const VERB_SINCE = {
  ADD: "0.1.0",
  DEL: "0.1.0",
  VERSION: "0.1.0",
  CHECK: "0.4.0",
  STATUS: "1.1.0",
  GC: "1.1.0",
} as const satisfies Record<string, CniVersion>;

export type Verb = keyof typeof VERB_SINCE;

export const VERBS = Object.keys(VERB_SINCE) as readonly Verb[];

/**
 * Reads a `cniVersion`: missing (or empty) is 0.1.0 and "1.0" is 1.0.0.
 *
 * @param key where the value stands, for the message
 * @throws {CniError} code 1, for anything that is not a supported version
 */
export function readVersion(value: unknown, key = "cniVersion"): CniVersion {
  const version = supportedVersion(value);
  if (version === undefined) {
    throw new CniError(
      CniCode.incompatibleVersion,
      `${key} ${describeValue(value)} is not supported: use one of ${SUPPORTED_VERSIONS.join(", ")}`,
    );
  }
  return version;
}

/** As `readVersion`, but undefined for a version that is not supported. */
export function supportedVersion(value: unknown): CniVersion | undefined {
  if (value === undefined || value === null || value === "") {
    return VERSION_WHEN_MISSING;
  }
  if (typeof value !== "string") {
    return undefined;
  }
  return SUPPORTED_VERSIONS.find((version) => version === value) ?? aliasedVersion(value);
}

function aliasedVersion(value: string): CniVersion | undefined {
  return Object.hasOwn(VERSION_ALIASES, value) ? VERSION_ALIASES[value] : undefined;
}

export function isAtLeast(version: CniVersion, minimum: CniVersion): boolean {
  return SUPPORTED_VERSIONS.indexOf(version) >= SUPPORTED_VERSIONS.indexOf(minimum);
}

/** @throws {CniError} code 1 when the configuration's version is older than the verb */
export function requireVerb(verb: Verb, version: CniVersion): void {
  const since = VERB_SINCE[verb];
  if (!isAtLeast(version, since)) {
    throw new CniError(
      CniCode.incompatibleVersion,
      `CNI_COMMAND ${verb} exists since version ${since}, but the configuration's cniVersion is ${version}: ` +
        `set cniVersion to ${since} or newer`,
    );
  }
}
