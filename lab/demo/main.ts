/**
 * Pods with Neutron ports, shown: `bun lab/demo/main.ts --backend simulator|neutron [--name NAME]`.
 *
 * Exits with 0 when all went as expected, 1 when a step failed or something is missing, 2 when used wrongly,
 * and as shells expect after a signal (130 after Ctrl-C). It leaves nothing in any case.
 */
import { parseArgs } from "node:util";
import { demo } from "./demo.ts";
import { listenForInterruption } from "./interruption.ts";

const usage = `usage: bun lab/demo/main.ts --backend simulator|neutron [--name NAME]

  --backend  what plays Neutron: the project's simulator (seconds), or Debian's Neutron with its agents
  --name     of what is made (default: demo and a number)`;

/** Where a root who has become it by a bare su does not look. */
const systemFolders = ["/usr/sbin", "/sbin"];

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      backend: { type: "string", default: "simulator" },
      name: { type: "string", default: `demo${process.pid}` },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const { backend, name } = values;
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (backend !== "simulator" && backend !== "neutron")
    throw new TypeError(`no backend is called ${backend}`);
  process.env.PATH = [process.env.PATH, ...systemFolders].join(":");
  return demo({ backend, name, interruption: listenForInterruption() });
}

process.exitCode = await main().catch((error: unknown) => {
  const wrongUse = error instanceof TypeError || error instanceof RangeError;
  console.error(error instanceof Error ? error.message : error);
  if (wrongUse) console.error(`\n${usage}`);
  return wrongUse ? 2 : 1;
});
