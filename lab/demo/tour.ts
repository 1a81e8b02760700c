/**
 * What the demo shows once its nodes are up. A process of its own, inside the lab's control namespace, where Neutron
 * answers: `bun lab/demo/tour.ts`. Exits with 1 when a step failed. It cleans up nothing when it is interrupted or
 * fails: whoever started it takes the whole lab down.
 */
import { Lab } from "../lab.ts";
import { type Cast, castWithAgents, castWithoutAgents } from "./cast.ts";
import { attachUnderFire, tryStranger, tryWebGroup } from "./firewall.ts";
import { leftOver, takeInventory } from "./inventory.ts";
import { listPorts } from "./neutron-api.ts";
import { sendPings } from "./pings.ts";
import { Report, StepFailure } from "./report.ts";
import { Stage } from "./stage.ts";
import { inventoryTable, pingTable, podTable, portTable } from "./tables.ts";

async function tour(lab: Lab, report: Report): Promise<void> {
  const agents = lab.backend !== "simulator";
  const cast = agents ? castWithAgents(lab) : castWithoutAgents(lab);
  const before = await takeInventory(lab);
  const stage = await attach(lab, report, cast);
  await ping(stage, report, cast);
  if (agents) await showGroups(stage, report);
  await report.step("CHECK finds every pod as ADD has left it", () => stage.checkAll());
  const withPods = await takeInventory(lab);
  await report.step(`DEL detaches all ${stage.players.length} pods`, (detail) => stage.detachAll(detail));
  const now = await report.step("Nothing of them is left, in Neutron or on the nodes", async () => {
    const now = await takeInventory(lab);
    const left = leftOver(before, now);
    if (left.length > 0) throw new Error(`left over: ${left.join(", ")}`);
    return now;
  });
  inventoryTable(report, { before, with: withPods, now });
}

async function attach(lab: Lab, report: Report, cast: Cast): Promise<Stage> {
  const text = `dist/skynet ADD attaches ${cast.roles.length} pods, called as a container runtime calls it`;
  const stage = await report.step(text, async (detail) => {
    const stage = await Stage.open(lab);
    await stage.attachAll(cast.roles, detail);
    return stage;
  });
  podTable(report, stage.players);
  portTable(report, stage.players, await listPorts(lab.url));
  report.note(
    lab.backend === "simulator"
      ? "STATUS is DOWN, for no agent of Neutron is on these nodes: skynet wires pods by itself"
      : "ADD ends when the port is ACTIVE: until its filters are in force, the pod's interface is down",
  );
  return stage;
}

async function ping(stage: Stage, report: Report, cast: Cast): Promise<void> {
  const text = "Pods ping each other across nodes, and their gateway, by IPv4 and IPv6";
  const pinged = await report.step(text, () => sendPings(stage, cast.pings));
  pingTable(report, pinged, stage.players);
}

async function showGroups(stage: Stage, report: Report): Promise<void> {
  const web = 'Security group "web" lets TCP 80 through and blocks 81: web-2 tries both on shop';
  report.note(await report.step(web, () => tryWebGroup(stage)));
  const stranger = "A stranger (the gateway) pings a pod that allows nobody in, and one that does";
  report.note(await report.step(stranger, () => tryStranger(stage)));
  const first = "Isolated from the first packet: the stranger pings a new pod all the time that ADD takes";
  report.note(await report.step(first, (detail) => attachUnderFire(stage, detail)));
}

// Nobody reads any more: whoever started this takes everything down.
process.stdout.on("error", () => process.exit(1));

await tour(Lab.attach(), new Report()).catch((error: unknown) => {
  if (!(error instanceof StepFailure)) console.error(error);
  process.exitCode = 1;
});
