/** Carries a plan out: several steps at once, each call as a runtime makes it. */
import type { Outcome } from "../../../lab/plugin-process.ts";
import { type Arena, siteOf } from "./arena.ts";
import { conclude, type Ended, judgeCall } from "./judge.ts";
import type { Call, Sandbox, Step } from "./step.ts";

/** Steps under way at a time, on both nodes together. */
const IN_FLIGHT = 6;

/** Carries out the steps in order, {@link IN_FLIGHT} at a time, and answers what must not be. The first violation ends it. */
export async function carryOut(arena: Arena, steps: readonly Step[]): Promise<string[]> {
  arena.model.expect(steps);
  const violations: string[] = [];
  const underWay = new Map<Promise<void>, string | undefined>();
  const anyOver = () => Promise.race(underWay.keys());
  for (const step of steps) {
    if (violations.length > 0) break;
    while (underWay.size >= IN_FLIGHT || isBusy(underWay, step.pod)) await anyOver();
    await changeTrouble(arena, step);
    const run: Promise<void> = runStep(arena, step)
      .then((found) => void violations.push(...found))
      .finally(() => underWay.delete(run));
    underWay.set(run, step.pod);
  }
  await Promise.all(underWay.keys());
  return violations;
}

function isBusy(underWay: ReadonlyMap<Promise<void>, string | undefined>, pod: string | undefined): boolean {
  return pod !== undefined && [...underWay.values()].includes(pod);
}

async function changeTrouble({ log, trouble }: Arena, step: Step): Promise<void> {
  if (step.trouble === undefined) return;
  log.note(`step ${step.number}  trouble: ${JSON.stringify(step.trouble)}`);
  if (step.trouble === "over") await trouble.end();
  else await trouble.begin(step.trouble);
}

async function runStep(arena: Arena, step: Step): Promise<string[]> {
  const { model } = arena;
  const givenUp = step.givesUp ?? [];
  for (const sandbox of givenUp) giveUp(arena, sandbox);
  const calls = step.calls.filter((call) => !isCheckWithoutResult(arena, call));
  const ended = await Promise.all(calls.map((call) => perform(arena, step.number, call)));
  const sandboxes = new Set(step.calls.flatMap(({ sandbox }) => sandbox ?? []));
  const violations = [...sandboxes].flatMap((sandbox) =>
    conclude(
      model.of(sandbox),
      ended.filter(({ call }) => call.sandbox === sandbox),
      givenUp.includes(sandbox),
    ),
  );
  for (const call of step.calls) model.finished(call);
  return [...ended.flatMap(judgeCall), ...violations];
}

/** What was never attached, libcni does not check. */
function isCheckWithoutResult({ model }: Arena, { verb, sandbox }: Call): boolean {
  return verb === "CHECK" && sandbox !== undefined && model.of(sandbox).result === undefined;
}

/** From here on the runtime does not count on it any more, whatever comes of it. */
function giveUp({ model }: Arena, sandbox: Sandbox): void {
  const tracked = model.of(sandbox);
  if (tracked.belief === "attached") tracked.belief = "leaving";
}

/** One call, its record, and whether anything was wrong while it ran. */
export async function perform(arena: Arena, step: number, call: Call): Promise<Ended> {
  if (call.afterMs) await Bun.sleep(call.afterMs);
  const began = performance.now();
  const outcome = await callPlugin(arena, call);
  arena.log.ended(step, call, outcome);
  return { call, outcome, quiet: call.kill === undefined && arena.trouble.quietSince(began) };
}

async function callPlugin({ lab, model, ...arena }: Arena, call: Call): Promise<Outcome> {
  const { runtime } = siteOf({ lab, model, ...arena }, call.node);
  const kill = call.kill === undefined ? {} : { kill: call.kill };
  if (call.sandbox === undefined) {
    const attachments = model
      .valid(call.node)
      .map(({ sandbox }) => ({ containerID: sandbox.containerId, ifname: "eth0" }));
    return runtime.call(call.verb, runtime.plugin, undefined, {
      ...kill,
      ...(call.verb === "GC" ? { attachments } : {}),
    });
  }
  const tracked = model.of(call.sandbox);
  const pod = call.verb === "ADD" ? await tracked.podWithNetns(lab) : await tracked.pod(lab);
  if (call.netnsGone) await tracked.removeNetns();
  const knowsResult = call.verb === "CHECK" || (call.verb === "DEL" && (call.memory ?? "all") === "all");
  return runtime.call(call.verb, runtime.plugin, pod, {
    ...kill,
    args: { K8S_POD_NAME: call.sandbox.podName },
    forgotten: call.memory === "nothing",
    prevResult: knowsResult ? (tracked.result as Record<string, unknown> | undefined) : undefined,
  });
}
