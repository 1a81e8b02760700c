/** Makes tests of a lab's cells: a group for each cell, a test for each check, whose outcome is recorded for the table. */
import { afterAll, describe, expect, test } from "bun:test";
import { release } from "node:os";
import { Lab } from "../../../lab/lab.ts";
import { CellScene } from "./cell-scene.ts";
import { type Cell, cellId, cells, checkIds, type LabName, refusalId } from "./cells.ts";
import { checks } from "./checks.ts";
import { NO_ZONES, REFUSED } from "./groups.ts";
import { configOf, networkOf, nodesOf, openScene, startSwitches, switchOf } from "./places.ts";
import { Recorder, type Result } from "./results.ts";

/** Milliseconds: attaching pods is part of a cell's first test. */
const TEST_TIMEOUT = 300_000;

export function testCells(lab: LabName): void {
  const recorder = new Recorder(lab, release());
  for (const cell of cells.filter((each) => each.lab === lab)) {
    describe(cellId(cell), () => {
      if (cell.refusal === undefined) testAttached(cell, recorder);
      else testRefused(cell, cell.refusal, recorder);
    });
  }
}

function testAttached(cell: Cell, recorder: Recorder): void {
  let opened: Promise<CellScene> | undefined;
  // Not in beforeAll: a failure there would record nothing.
  const scene = () => {
    opened ??= open(cell);
    return opened;
  };
  afterAll(async () => (await opened?.catch(() => undefined))?.close(), TEST_TIMEOUT);
  for (const check of checkIds) {
    const attempt = async () => {
      return endingOf(await checks[check](await scene()));
    };
    test(check, () => record(recorder, cell, check, attempt), TEST_TIMEOUT);
  }
}

async function open(cell: Cell): Promise<CellScene> {
  const scene = await CellScene.open(cell);
  if (cell.wiring !== "openvswitch") return scene;
  const datapath = await switchOf(scene.lab, scene.a1.index).datapath();
  expect(datapath).toBe(cell.datapath === "kernel" ? "system" : "netdev");
  return scene;
}

function testRefused(cell: Cell, refusal: string, recorder: Recorder): void {
  const attempt = async () => {
    const lab = Lab.attach();
    const nodes = nodesOf(lab, cell);
    await startSwitches(lab, cell, nodes);
    const scene = await openScene(lab);
    try {
      const [node] = nodes;
      const annotations = { "skynet/network_id": networkOf(lab, cell.network).seeded.id };
      const { msg } = await scene.refused({ node, annotations, config: configOf(lab, cell, node) });
      expect(msg).toContain(refusal);
      return { outcome: "refused", detail: msg } as const;
    } finally {
      expect(await scene.close()).toEqual([]);
    }
  };
  test("is refused", () => record(recorder, cell, refusalId, attempt), TEST_TIMEOUT);
}

type Ending = Pick<Result, "outcome" | "detail">;

function endingOf(answer: string | undefined): Ending {
  if (answer === undefined) return { outcome: "passed" };
  if (answer === REFUSED) return { outcome: "refused" };
  return { outcome: answer === NO_ZONES ? "impossible" : "passed", detail: answer };
}

/** Records how `attempt` ends, and fails as it does. */
async function record(
  recorder: Recorder,
  cell: Cell,
  check: Result["check"],
  attempt: () => Promise<Ending>,
): Promise<void> {
  const add = (ending: Ending) => recorder.add({ cell: cellId(cell), check, ...ending });
  try {
    add(await attempt());
  } catch (error) {
    add({ outcome: "failed", detail: error instanceof Error ? error.message : String(error) });
    throw error;
  }
}
