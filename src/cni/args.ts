import { CniCode, CniError } from "./errors.ts";
import { describeValue } from "./field.ts";

/**
 * Reads CNI_ARGS: pairs `KEY=VALUE` with `;` between them, in no particular order. Every key is accepted,
 * whether `IgnoreUnknown` is set or not, so one that is not ours never fails a pod. Of a key given twice
 * the last counts.
 *
 * @throws {CniError} code 4, naming the pair that has no key or no `=`
 */
export function parseArgs(text: string): ReadonlyMap<string, string> {
  const args = new Map<string, string>();
  for (const pair of text.split(";").filter((part) => part !== "")) {
    const equals = pair.indexOf("=");
    if (equals < 1) {
      throw new CniError(
        CniCode.badEnvironment,
        `CNI_ARGS has the malformed pair ${describeValue(pair)}: write KEY=VALUE, pairs separated by ';'`,
      );
    }
    args.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  return args;
}
