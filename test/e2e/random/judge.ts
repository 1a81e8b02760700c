/** What each outcome must be, and what the runtime believes after it. */
import type { Outcome } from "../../../lab/plugin-process.ts";
import { CniCode } from "../../../src/cni/errors.ts";
import { describeCall, endingOf } from "./log.ts";
import type { AddResult, Tracked } from "./model.ts";
import type { Call } from "./step.ts";

/** A call that is over. */
export interface Ended {
  readonly call: Call;
  readonly outcome: Outcome;
  /** Nothing went wrong with Neutron while it ran, and nobody killed it: it must have succeeded. */
  readonly quiet: boolean;
}

/** Codes that mean a mistake in the program or in this test's configuration, whatever goes wrong around it. */
export const NEVER: readonly number[] = [CniCode.internal, CniCode.invalidConfig, CniCode.io];

/** What the outcome of one call, by itself, must not be. */
export function judgeCall({ call, outcome, quiet }: Ended): string[] {
  if (outcome.kind === "crash" && !wasKilled(call, outcome)) return [violation(call, outcome)];
  if (outcome.kind !== "error") return [];
  const mustSucceed = call.verb === "DEL" || (call.verb === "GC" && quiet);
  const unfit = call.verb === "STATUS" && outcome.error.code !== CniCode.notAvailable;
  const forbidden = NEVER.includes(outcome.error.code) || mustSucceed || unfit;
  // A plugin that is told to end in good order may say that it did not finish.
  const ended = call.kill?.signal === "SIGTERM" && !NEVER.includes(outcome.error.code);
  return forbidden && !ended ? [violation(call, outcome)] : [];
}

/** Draws the conclusions from all calls of a step that were about one sandbox. Answers what must not be. */
export function conclude(tracked: Tracked, ended: readonly Ended[], givenUp: boolean): string[] {
  const before = tracked.belief;
  const adds = ended.filter(({ call }) => call.verb === "ADD");
  const dels = ended.filter(({ call }) => call.verb === "DEL");
  const checks = ended.filter(({ call }) => call.verb === "CHECK");
  if (checks.length > 0) return checks.flatMap((check) => judgeCheck(before, check));
  const problems = givenUp ? [] : judgeAdds(before, adds);
  const success = adds.find(({ outcome }) => outcome.kind === "success")?.outcome;
  if (success?.kind === "success") tracked.result = success.result as unknown as AddResult;
  const removed = dels.some(({ outcome }) => outcome.kind === "success");
  if (givenUp) tracked.belief = removed && adds.length === 0 ? "gone" : "leaving";
  else if (success !== undefined) tracked.belief = "attached";
  else if (before !== "attached") tracked.belief = "leaving";
  return problems;
}

function judgeAdds(before: Tracked["belief"], adds: readonly Ended[]): string[] {
  const succeeded = adds.filter(({ outcome }) => outcome.kind === "success");
  const [first] = adds;
  if (first === undefined) return [];
  const most = before === "attached" ? 0 : 1;
  if (succeeded.length > most) {
    return succeeded.map(({ call }) => `${describeCall(call)} succeeded, and it was attached already`);
  }
  const quiet = adds.every((add) => add.quiet);
  if (before === "attached" || succeeded.length > 0 || !quiet) return [];
  return adds
    .filter(({ outcome }) => !(before === "leaving" && saysItExists(outcome)))
    .map(({ call, outcome }) => `nothing went wrong, and ${violation(call, outcome)}`);
}

/** Right where the DEL before was killed too early, or the ADD before too late: it is still attached. */
function saysItExists(outcome: Outcome): boolean {
  return outcome.kind === "error" && outcome.error.code === CniCode.badEnvironment;
}

function judgeCheck(before: Tracked["belief"], { call, outcome }: Ended): string[] {
  if (before === "attached" && outcome.kind !== "success") return [violation(call, outcome)];
  if (before === "gone" && outcome.kind === "success")
    return [`${describeCall(call)} succeeded, and it was removed`];
  return [];
}

function wasKilled(call: Call, outcome: Outcome): boolean {
  return call.kill !== undefined && outcome.signal !== null;
}

function violation(call: Call, outcome: Outcome): string {
  return `${describeCall(call)}: ${endingOf(outcome)}\n${outcome.stderr.trim()}`;
}
