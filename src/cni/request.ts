import { readResult } from "./convert.ts";
import type { Environment } from "./environment.ts";
import { CniCode, CniError } from "./errors.ts";
import { describeValue, Field } from "./field.ts";
import type { Result } from "./result.ts";
import { type CniVersion, readVersion, requireVerb, type Verb } from "./versions.ts";

/** The environment of a verb that works on attachments: all but VERSION. */
export interface AttachmentEnvironment extends Environment {
  command: Exclude<Verb, "VERSION">;
}

/** One call of the runtime, checked: what the environment and the configuration on standard input say. */
export interface CniRequest extends AttachmentEnvironment {
  /** The version to answer in. */
  cniVersion: CniVersion;
  /** `name` of the network configuration. */
  networkName: string;
  /** The network configuration as received; sections of our own are for the reader of configurations. */
  config: Record<string, unknown>;
  /** What the plugins before in the chain made (ADD), or what ADD answered (CHECK and DEL). */
  prevResult?: Result;
  /** The attachments that must stay; GC only. */
  validAttachments?: readonly AttachmentKey[];
}

/** What tells the attachments of one network apart. */
export interface AttachmentKey {
  containerID: string;
  ifname: string;
}

export type CheckRequest = CniRequest & { prevResult: Result };
export type GcRequest = CniRequest & { validAttachments: readonly AttachmentKey[] };

const NETWORK_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const VALID_ATTACHMENTS = "cni.dev/valid-attachments";
/** The name this key had in the first text of 1.1.0; runtimes send both. */
const LEGACY_VALID_ATTACHMENTS = "cni.dev/attachments";

/**
 * Checks a configuration and joins it with the environment.
 *
 * @throws {CniError} code 1 for a version that is unknown or older than the verb, 7 for an invalid
 *   configuration, 6 for a `prevResult` of a wrong shape
 */
export function readRequest(environment: AttachmentEnvironment, config: Record<string, unknown>): CniRequest {
  const cniVersion = readVersion(config.cniVersion);
  requireVerb(environment.command, cniVersion);
  const request: CniRequest = { ...environment, cniVersion, networkName: readNetworkName(config), config };
  const prevResult = readPrevResult(request);
  return prevResult === undefined ? request : { ...request, prevResult };
}

/** @throws {CniError} code 7 when the runtime did not say what ADD answered */
export function toCheckRequest(request: CniRequest): CheckRequest {
  const { prevResult } = request;
  if (prevResult === undefined) {
    throw new CniError(
      CniCode.invalidConfig,
      "prevResult is missing: CHECK compares the container with the result of its ADD, " +
        "which the runtime must put into the configuration",
    );
  }
  return { ...request, prevResult };
}

/** @throws {CniError} code 7 when the runtime did not say which attachments stay, or not in the right shape */
export function toGcRequest(request: CniRequest): GcRequest {
  return { ...request, validAttachments: readValidAttachments(request.config) };
}

/** DEL identifies what it removes by container id and ifname, so a result nobody can read does not stop it. */
function readPrevResult({ command, config, cniVersion }: CniRequest): Result | undefined {
  if (config.prevResult === undefined || config.prevResult === null) {
    return undefined;
  }
  try {
    return readResult(config.prevResult, cniVersion, "prevResult");
  } catch (error) {
    if (command === "DEL") {
      return undefined;
    }
    throw error;
  }
}

function readNetworkName(config: Record<string, unknown>): string {
  const name = new Field(config, "", CniCode.invalidConfig).key("name").text();
  if (name === undefined) {
    throw new CniError(
      CniCode.invalidConfig,
      "name is missing: the network configuration must name its network",
    );
  }
  if (!NETWORK_NAME.test(name)) {
    throw new CniError(
      CniCode.invalidConfig,
      `name ${describeValue(name)} is invalid: ` +
        "it must start with a letter or digit and go on with letters, digits, '_', '.' or '-'",
    );
  }
  return name;
}

/** A missing list is no empty one: taken for that, it would have every attachment removed. */
function readValidAttachments(config: Record<string, unknown>): AttachmentKey[] {
  const root = new Field(config, "", CniCode.invalidConfig);
  const key = [VALID_ATTACHMENTS, LEGACY_VALID_ATTACHMENTS].find((name) => config[name] !== undefined);
  if (key === undefined) {
    throw root.key(VALID_ATTACHMENTS).error("must list the attachments that stay");
  }
  return root
    .key(key)
    .items()
    .map((item) => ({
      containerID: item.key("containerID").requiredText(),
      ifname: item.key("ifname").requiredText(),
    }));
}
