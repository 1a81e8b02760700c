import type { CniError } from "./errors.ts";
import { isObject } from "./field.ts";
import { type CniVersion, NEWEST_VERSION, SUPPORTED_VERSIONS, supportedVersion } from "./versions.ts";

/**
 * The `cniVersion` a request states, as far as one can tell without judging the request: an answer, even a
 * refusal, is in the version of the question. Undefined when the text is no configuration.
 */
function statedVersion(stdin: string): unknown {
  try {
    const config: unknown = JSON.parse(stdin);
    return isObject(config) ? (config.cniVersion ?? "") : undefined;
  } catch {
    return undefined;
  }
}

/** The version to answer in: the stated one when it is supported, else the newest. */
export function answerVersion(stdin: string): CniVersion {
  const stated = statedVersion(stdin);
  return stated === undefined ? NEWEST_VERSION : (supportedVersion(stated) ?? NEWEST_VERSION);
}

/** The answer to VERSION: the version of the question as it was put, and all that we can speak. */
export function versionAnswer(stdin: string): Record<string, unknown> {
  const stated = statedVersion(stdin);
  const cniVersion = typeof stated === "string" && stated !== "" ? stated : NEWEST_VERSION;
  return { cniVersion, supportedVersions: SUPPORTED_VERSIONS };
}

/** A failure as SPEC.md has it ("Error"); `details` only where there are any. */
export function errorAnswer(error: CniError, version: CniVersion): Record<string, unknown> {
  const { code, message: msg, details } = error;
  return { cniVersion: version, code, msg, ...(details === undefined ? {} : { details }) };
}
