/** The demo from outside: looks at the machine, brings nodes and Neutron up, lets the tour run, takes all down again. */
import { VERSION } from "../../src/version.ts";
import { checkout, inNamespace, LabLayout } from "../layout.ts";
import { missingPackages, type PackageSet } from "../packages.ts";
import { ChildFailure, runChild } from "./child.ts";
import type { Interruption } from "./interruption.ts";
import { requireKernel } from "./kernel.ts";
import { MissingPrerequisite, requireBasics } from "./prerequisites.ts";
import { remains } from "./remains.ts";
import { Report, StepFailure } from "./report.ts";

export interface DemoOptions {
  readonly backend: "simulator" | "neutron";
  /** The lab's name. */
  readonly name: string;
  readonly interruption: Interruption;
}

interface Act {
  readonly layout: LabLayout;
  readonly backend: DemoOptions["backend"];
  readonly interrupt: AbortSignal;
  readonly report: Report;
}

const labMain = [process.execPath, `${checkout}/lab/main.ts`];

/**
 * Runs the demo. Whatever happens, nothing of it is left.
 *
 * @returns the exit code: 0, 1 when a step failed, 128 and the signal's number after an interruption
 */
export async function demo({ backend, name, interruption }: DemoOptions): Promise<number> {
  const began = performance.now();
  const interrupt = interruption.signal;
  const act = { layout: new LabLayout(name), backend, interrupt, report: new Report({ interrupt }) };
  if (remains(act.layout).length > 0) {
    const remedy = `take it down with "${labMain.join(" ")} down --name ${name}", or use another --name`;
    throw new MissingPrerequisite(`A lab of the name ${name} is there already: ${remedy}.`);
  }
  const shown = await succeeds(() => show(act));
  if (interrupt.aborted) act.report.title("Interrupted: cleaning up");
  const cleared = await succeeds(() => takeDown(act.layout));
  if (interruption.exitCode !== undefined) return interruption.exitCode;
  if (!shown || !cleared) return 1;
  act.report.title(`All as expected, in ${((performance.now() - began) / 1000).toFixed(1)} s.`);
  return 0;
}

async function show(act: Act): Promise<void> {
  const { backend, report, layout, interrupt } = act;
  const neutron = backend === "simulator" ? "a simulated Neutron" : "Debian's Neutron";
  report.title(`skynet ${VERSION}: pods on two nodes, with ${neutron}`);
  await report.step("The machine is Linux, Debian, root's; dist/skynet is built", requireBasics);
  await installPackages(act);
  const features = "The kernel has what nodes are made of: network namespaces, veth pairs, bridges";
  await report.step(features, () => requireKernel(layout, { agents: backend === "neutron" }));
  await bringUp(act, neutron);
  const tour = [process.execPath, `${checkout}/lab/demo/tour.ts`];
  await runChild(inNamespace(layout.control, tour), { env: layout.environment, interrupt });
}

async function installPackages({ backend, report, interrupt }: Act): Promise<void> {
  const sets: PackageSet[] = backend === "simulator" ? ["base"] : ["base", "neutron"];
  const missing = missingPackages(sets);
  const text = missing.length === 0 ? "Debian's packages are there" : "Install Debian's packages";
  await report.step(text, async (onLine) => {
    if (missing.length === 0) return;
    // Killing apt would leave packages half unpacked: it is asked to end.
    const child = runChild([...labMain, "packages", ...sets], { onLine, interrupt, ending: "ask" });
    await child.catch((error: Error) => {
      const remedy = `Install them by hand: apt-get update && apt-get install ${missing.join(" ")}`;
      throw new MissingPrerequisite(`${error.message}\n${remedy}`, { cause: error });
    });
  });
}

async function bringUp({ backend, report, layout, interrupt }: Act, neutron: string): Promise<void> {
  const agents = backend === "simulator" ? "" : ", with a linuxbridge agent on each";
  const text = `Start ${neutron} and two nodes, which are network namespaces${agents}`;
  await report.step(text, (onLine) => {
    const up = [...labMain, "up", "--name", layout.name, "--backend", backend];
    return runChild(up, { env: layout.environment, onLine, interrupt });
  });
}

/** Without heed to interruptions, and also after a failure; it is silent when nothing was made. */
async function takeDown(layout: LabLayout): Promise<void> {
  if (remains(layout).length === 0) return;
  const text = "Take nodes and Neutron down: no process, namespace or file of the demo is left";
  await new Report().step(text, async (onLine) => {
    const down = () => runChild([...labMain, "down", "--name", layout.name], { onLine });
    // Until it is in a session of its own, an impatient Ctrl-C still reaches the child: then it is started again.
    for (let tries = 3; tries > 0 && remains(layout).length > 0; tries--) {
      await down().catch((error: unknown) => {
        if (tries === 1) throw error;
      });
    }
    const left = remains(layout);
    if (left.length > 0) throw new Error(`still there: ${left.join(", ")}`);
  });
}

/** Whether the work succeeds. Why a step did not, the report has said already. */
async function succeeds(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof StepFailure || error instanceof ChildFailure) return false;
    if (error instanceof DOMException && error.name === "AbortError") return false;
    throw error;
  }
}
