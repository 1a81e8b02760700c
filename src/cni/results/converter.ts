import type { Field } from "../field.ts";
import type { Result } from "../result.ts";

/** One family of result shapes, in both directions. `cniVersion` itself is the caller's. */
export interface ResultConverter {
  /** @throws {CniError} code 1 when this shape cannot express the result */
  write(result: Result): Record<string, unknown>;
  /** @throws {CniError} naming the key whose value has the wrong shape */
  read(result: Field): Result;
}
