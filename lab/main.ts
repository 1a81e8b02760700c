/** The lab's command line: see `bun lab/main.ts --help`. */
import { Command, Option } from "commander";
import { Lab, LabError } from "./lab.ts";
import { type Backend, backends, inNamespace, LabLayout } from "./layout.ts";
import { namespaces } from "./namespaces.ts";
import { type NodeKind, parseNodes } from "./node-kinds.ts";
import { installPackages, type PackageSet, packageSets, testedSets } from "./packages.ts";
import { startServers } from "./servers.ts";
import { readState } from "./state.ts";

interface LabArguments {
  readonly name: string;
  readonly dir?: string;
}

interface StartArguments extends LabArguments {
  readonly backend: Backend;
  readonly nodes?: number | readonly NodeKind[];
}

const program = new Command("lab").description(
  "Nodes, networks and a Neutron to test and show skynet with. Needs root.",
);

command("up", "bring a lab up, or the rest of one")
  .addOption(backendOption())
  .addOption(nodesOption())
  .action(async (options: StartArguments) => {
    const signal = interruption();
    const lab = await timed(`lab ${options.name} is up`, () => Lab.start({ ...options, signal }));
    say(`API ${lab.url} inside namespace ${lab.layout.control}; log files in ${lab.layout.path("log")}`);
  });

command("down", "end a lab's processes, remove its namespaces and its folder").action(
  async (options: LabArguments) => {
    await timed(`lab ${options.name} is down`, () => Lab.clean(options.name, options.dir));
  },
);

command("status", "show whether a lab is up").action((options: LabArguments) => {
  const layout = new LabLayout(options.name, options.dir);
  const state = readState(layout);
  say(state ? JSON.stringify(state, null, 2) : `lab ${layout.name} is not up`);
  for (const namespace of namespaces().filter((name) => layout.owns(name))) say(namespace);
  process.exitCode = state ? 0 : 1;
});

command("exec", "run a command in a lab: in its control namespace, where the API answers, or in another")
  .option("--in <namespace>", "node1, node2, or a pod's name", "ctl")
  .argument("<command...>")
  .action(async (argv: string[], options: LabArguments & { in: string }) => {
    const { layout } = Lab.attach(options.name, options.dir);
    process.exitCode = await passThrough(layout, `${layout.name}-${options.in}`, argv);
  });

command(
  "run",
  "bring a lab up, run a command in its control namespace, take the lab down; exits as the command does",
)
  .addOption(backendOption())
  .addOption(nodesOption())
  .argument("<command...>")
  .action(async (argv: string[], options: StartArguments) => {
    process.exitCode = await runInLab(argv, options);
  });

// What `up` runs inside the control namespace.
command("servers", "start a lab's servers", { hidden: true }).action(async (options: LabArguments) => {
  const layout = new LabLayout(options.name, options.dir);
  const state = readState(layout);
  if (!state) throw new LabError(`lab ${layout.name} has no folder`);
  await startServers(layout, state, say);
});

program
  .command("packages")
  .description(
    "install what is missing of these sets of Debian packages (default: all that `make test` needs)",
  )
  .addArgument(program.createArgument("[set...]").choices(Object.keys(packageSets)).default(testedSets))
  .action((sets: PackageSet[]) => installPackages(sets, { progress: say }));

await program.parseAsync().catch((error: unknown) => {
  say(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  process.exitCode = 1;
});

function command(name: string, description: string, settings: { hidden?: boolean } = {}): Command {
  return program
    .command(name, settings)
    .description(description)
    .option("--name <name>", "the lab's name", "demo")
    .option("--dir <folder>", "the lab's folder (default: /tmp/skynet-lab-<name>)");
}

function backendOption(): Option {
  return new Option("--backend <backend>", "what plays Neutron").choices([...backends]).default("simulator");
}

function nodesOption(): Option {
  return new Option(
    "--nodes <kinds>",
    "how many nodes, or the kind of each: linuxbridge,openvswitch,bare (default: 2)",
  ).argParser(parseNodes);
}

async function runInLab(argv: readonly string[], options: StartArguments): Promise<number> {
  const signal = interruption();
  try {
    const lab = await timed(`lab ${options.name} is up`, () => Lab.start({ ...options, signal }));
    return await passThrough(lab.layout, lab.layout.control, argv, signal);
  } finally {
    await timed(`lab ${options.name} is down`, () => Lab.clean(options.name, options.dir));
  }
}

/** Aborted by Ctrl-C and its like. Heard for good: a second Ctrl-C does not stop the clean-up. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => controller.abort());
  return controller.signal;
}

/** Runs a command in a namespace on this terminal and answers its exit status. */
async function passThrough(
  layout: LabLayout,
  namespace: string,
  argv: readonly string[],
  interrupt?: AbortSignal,
): Promise<number> {
  const child = Bun.spawn(inNamespace(namespace, argv), {
    stdio: ["inherit", "inherit", "inherit"],
    env: { ...Bun.env, ...layout.environment },
  });
  interrupt?.addEventListener("abort", () => child.kill("SIGTERM"));
  return child.exited;
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work();
  say(`${what} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return result;
}

function say(line: string): void {
  console.error(line);
}
