import { CniCode } from "./errors.ts";
import { Field } from "./field.ts";
import type { Result } from "./result.ts";
import type { ResultConverter } from "./results/converter.ts";
import { v010 } from "./results/v010.ts";
import { v030 } from "./results/v030.ts";
import { v100 } from "./results/v100.ts";
import { v110 } from "./results/v110.ts";
import { type CniVersion, readVersion } from "./versions.ts";

const CONVERTERS: Readonly<Record<CniVersion, ResultConverter>> = {
  "0.1.0": v010,
  "0.2.0": v010,
  "0.3.0": v030,
  "0.3.1": v030,
  "0.4.0": v030,
  "1.0.0": v100,
  "1.1.0": v110,
};

/**
 * The result in the shape of a version, ready for JSON.
 *
 * @throws {CniError} code 1 when that version cannot express it (0.1.0 and 0.2.0 need an address)
 */
export function writeResult(result: Result, version: CniVersion): Record<string, unknown> {
  return { cniVersion: version, ...CONVERTERS[version].write(result) };
}

/**
 * Reads a result of any version. Which one, its own `cniVersion` says; where that is missing, as it may be
 * in the oldest shapes, it is of the version of the configuration that carries it.
 *
 * @param key where the result stands, for messages
 * @throws {CniError} code 6 naming the key of a wrong shape, code 1 for an unknown version
 */
export function readResult(value: unknown, configVersion: CniVersion, key: string): Result {
  const field = new Field(value, key, CniCode.decode);
  const version = field.object().cniVersion ?? configVersion;
  return CONVERTERS[readVersion(version, `${key}.cniVersion`)].read(field);
}
