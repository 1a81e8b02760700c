/** Runs a command in a second kernel: see `bun lab/second-kernel/main.ts --help`. */
import { Command } from "commander";
import { listenForInterruption } from "../demo/interruption.ts";
import { checkout } from "../layout.ts";
import { GuestTimeoutError, runInGuest } from "./guest.ts";

interface Arguments {
  readonly memory: string;
  readonly timeout: number;
}

await new Command("second-kernel")
  .description(
    "Run a command in User Mode Linux on this machine's own files; exits as the command does. Needs root. " +
      "The checkout is writable there, everything else is a copy in memory; /tmp and /run are fresh.",
  )
  .option("--memory <size>", "of the guest: a number and M or G", "4G")
  .option("--timeout <seconds>", "until the guest is ended", Number, 1800)
  .passThroughOptions()
  .argument("<command...>")
  .action(async (argv: string[], { memory, timeout }: Arguments) => {
    const interruption = listenForInterruption();
    try {
      const { signal } = interruption;
      process.exitCode = await runInGuest(argv, { checkout, memory, timeout, signal });
    } catch (error) {
      console.error(`second kernel: ${error instanceof Error ? error.message : String(error)}`);
      process.exitCode = interruption.exitCode ?? (error instanceof GuestTimeoutError ? 124 : 125);
    }
  })
  .parseAsync();
