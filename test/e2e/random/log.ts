/** Who did what when, and how it ended: what is needed to understand a violation. */
import type { Outcome } from "../../../lab/plugin-process.ts";
import type { Call } from "./step.ts";

export class OperationLog {
  readonly #began = performance.now();
  readonly #lines: string[] = [];
  readonly #tally = new Map<string, number>();

  note(text: string): void {
    this.#lines.push(`${seconds(performance.now() - this.#began)}  ${text}`);
  }

  ended(step: number, call: Call, outcome: Outcome): void {
    const ending = endingOf(outcome);
    const name = `${call.verb} ${outcome.kind === "error" ? `error ${outcome.error.code}` : (ending.split(":")[0] ?? "")}`;
    this.#tally.set(name, (this.#tally.get(name) ?? 0) + 1);
    this.note(`step ${step}  ${describeCall(call)} (${outcome.ms.toFixed(0)} ms): ${ending}`);
  }

  last(count: number): string[] {
    return this.#lines.slice(-count);
  }

  about(text: string): string[] {
    return this.#lines.filter((line) => line.includes(text));
  }

  /** How many calls ended how. */
  get summary(): string {
    const entries = [...this.#tally].sort(([a], [b]) => a.localeCompare(b));
    return entries.map(([name, count]) => `${name}: ${count}`).join(", ");
  }

  get calls(): number {
    return [...this.#tally.values()].reduce((sum, count) => sum + count, 0);
  }
}

export function describeCall(call: Call): string {
  const { verb, node, sandbox, kill, memory, netnsGone, afterMs } = call;
  const remarks = [
    memory === undefined || memory === "all" ? "" : `runtime knows ${memory}`,
    netnsGone ? "netns gone" : "",
    afterMs ? `begun ${afterMs} ms later` : "",
    kill ? `${kill.signal} after ${kill.after} ms` : "",
  ].filter((remark) => remark !== "");
  const about = sandbox ? ` ${sandbox.id} (${sandbox.podName}, ${sandbox.containerId.slice(0, 13)})` : "";
  return `${verb} node${node}${about}${remarks.length > 0 ? ` [${remarks.join(", ")}]` : ""}`;
}

export function endingOf(outcome: Outcome): string {
  switch (outcome.kind) {
    case "success":
      return "ok";
    case "error":
      return `code ${outcome.error.code}: ${outcome.error.msg}`;
    case "crash":
      return outcome.reason;
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3).padStart(8);
}
