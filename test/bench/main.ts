/**
 * The benchmark: `bun test/bench/main.ts [--rounds N] [--executable FILE] [--only PART,…]`. Needs root.
 *
 * Brings up a lab with the simulator and a node for each wiring, measures there, prints tables, and writes them into
 * `docs/performance.md`. With another executable than `dist/skynet`, or some parts alone, nothing is written.
 */
import { copyFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Lab } from "../../lab/lab.ts";
import { checkout, inNamespace } from "../../lab/layout.ts";
import { installPackages } from "../../lab/packages.ts";
import { kindsOfNodes } from "./contestants.ts";
import { writeDocument } from "./document.ts";
import { type Findings, PARTS } from "./findings.ts";
import { describeMachine } from "./machine.ts";
import { report } from "./report.ts";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "40" },
    executable: { type: "string" },
    only: { type: "string" },
    lab: { type: "string", default: "bench" },
  },
});
const executable = resolve(options.executable ?? join(checkout, "dist/skynet"));

await installPackages(["bench", "openvswitch"]);
const machine = await describeMachine();
const measured = `${machine}\n\n${report(await measure())}`;
console.log(measured);
if (options.executable === undefined && options.only === undefined) await writeDocument(measured);

/** The lab is taken down however it ends; Ctrl-C ends the measuring process, and thereby the wait for it. */
async function measure(): Promise<Findings> {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
  const lab = await Lab.start({ name: options.lab, nodes: kindsOfNodes, signal: controller.signal });
  try {
    // A build meanwhile must not change what is measured.
    const measuredOne = lab.layout.path("skynet");
    copyFileSync(executable, measuredOne);
    const argv = [
      process.execPath,
      join(import.meta.dir, "measure.ts"),
      measuredOne,
      options.rounds,
      options.only ?? PARTS.join(","),
    ];
    const child = Bun.spawn(inNamespace(lab.layout.control, argv), {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...Bun.env, ...lab.layout.environment },
      signal: controller.signal,
    });
    const [answer, status] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    if (status !== 0) throw new Error(`measuring failed (exit ${status})`);
    return JSON.parse(answer);
  } finally {
    await lab.stop();
  }
}
