import { run } from "../../../lab/command.ts";
import { inNamespace } from "../../../lab/layout.ts";
import type { Step, StepResult } from "./step.ts";

/** Performs a step that must succeed, in a process of its own in a network namespace, and answers its value. */
export async function performStep(namespace: string, step: Step): Promise<unknown> {
  const argv = inNamespace(namespace, [process.execPath, `${import.meta.dir}/step.ts`]);
  const { error, value }: StepResult = JSON.parse(await run(argv, { stdin: JSON.stringify(step) }));
  if (error) throw new Error(`${step.action}: ${error.name}: ${error.message}`);
  return value;
}
