/**
 * Decides which role this process plays. A runtime starts this program for every pod, so what hands a call over to the
 * agent is there at once, and whatever else is needed is loaded only then.
 */
import { runPlugin } from "./plugin/run.ts";

if (process.env.CNI_COMMAND !== undefined) {
  await runPlugin();
} else {
  const { runCommandLine } = await import("./cli/main.ts");
  process.exitCode = await runCommandLine(process.argv.slice(2));
}
