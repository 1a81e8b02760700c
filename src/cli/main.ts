import { Command, CommanderError, Option } from "commander";
import { messageOf } from "../cni/errors.ts";
import { VERSION } from "../version.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

const FAILED = 1;
const WRONG_USE = 2;

const AFTER_HELP = `
Without CNI_COMMAND in the environment this is the command line; with it, the CNI plugin that runtimes call.
Exit code: 0 success, 1 failure (said on standard error), 2 wrong use.`;

/** The command line; each command is loaded when it is asked for. Returns the exit code. */
export async function runCommandLine(
  args: string[],
  terminal: Terminal = processTerminal(),
): Promise<number> {
  if (args.length === 0) {
    const { about } = await import("./about.ts");
    about(terminal);
    return 0;
  }
  let exitCode = 0;
  const program = commands(terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USE;
    terminal.err(`skynet: ${messageOf(error)}\n`);
    return FAILED;
  }
}

function commands(terminal: Terminal, exitWith: (code: number) => void): Command {
  const program = new Command("skynet")
    .description("Gives Kubernetes pods OpenStack Neutron ports.")
    .version(`skynet ${VERSION}`, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", AFTER_HELP)
    .configureOutput({ writeOut: terminal.out.bind(terminal), writeErr: terminal.err.bind(terminal) })
    .enablePositionalOptions()
    .exitOverride();

  program
    .command("config")
    .description("check a network configuration")
    .argument("<file>", "a .conf or .conflist file with a network of type skynet")
    .option("--json", "print the effective configuration, defaults filled in and secrets hidden")
    .action(async (file: string, options) => {
      const { config } = await import("./config.ts");
      exitWith(config(terminal, file, options));
    });

  program
    .command("status")
    .description("show what the node's agent is at, and what needs attention (exit code 1)")
    .addOption(configOption())
    .option("--json", "print JSON in place of text")
    .action(async (options) => {
      const { status } = await import("./status.ts");
      exitWith(await status(terminal, options));
    });

  program
    .command("release")
    .description("delete the ports that wait on this node for pods; the agent must not run")
    .addOption(configOption())
    .option("--json", "print the outcome as JSON")
    .action(async (options) => {
      const { release } = await import("./release.ts");
      exitWith(await release(terminal, options));
    });

  withStoreOptions(program.command("attachments"))
    .description("list what is attached on this node")
    .action(async (options) => {
      const { attachments } = await import("./attachments.ts");
      attachments(terminal, options);
    });

  addJournal(program, terminal, exitWith);

  program
    .command("agent")
    .description("run this node's agent, which keeps ports ready and serves the plugin")
    .addOption(configOption())
    .action(async (options) => {
      const { agent } = await import("./agent.ts");
      await agent(terminal, options.config);
    });
  return program;
}

function addJournal(program: Command, terminal: Terminal, exitWith: (code: number) => void): void {
  const journal = withStoreOptions(program.command("journal"))
    .description("list ports that Neutron has still to delete")
    .action(async (options) => {
      const { journal } = await import("./journal.ts");
      journal(terminal, options);
    });

  journal
    .command("drain")
    .description("delete them now")
    .addOption(configOption())
    .option("--json", "print the outcome as JSON")
    .action(async (options) => {
      const { drain } = await import("./drain.ts");
      exitWith(await drain(terminal, options));
    });
}

function withStoreOptions(command: Command): Command {
  return command
    .addOption(configOption().conflicts("stateDir"))
    .option("--state-dir <dir>", "directory of the node's store, in place of what the configuration says")
    .option("--json", "print JSON in place of a table");
}

function configOption(): Option {
  return new Option(
    "--config <file>",
    "network configuration (default: the first in /etc/cni/net.d with a network of type skynet)",
  );
}
