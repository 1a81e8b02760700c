/** The agent is replaced by another version again and again, while pods come and go. Simulator. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { AgentProcess } from "../../../lab/agent-process.ts";
import type { Outcome } from "../../../lab/plugin-process.ts";
import { waitFor } from "../../../lab/wait.ts";
import { bundleAgent } from "./bundle.ts";
import { AgentScene } from "./scene.ts";

/** Pods that come and go at the same time. */
const LANES = 6;
const REPLACEMENTS = 6;

let scene: AgentScene;
let versions: AgentVersion[];
beforeAll(async () => {
  scene = await AgentScene.open();
  versions = await Promise.all(
    ["1.0.0-old", "1.0.0-new"].map(async (version) => ({
      version,
      process: new AgentProcess(scene.node, scene.configFile, `agent-${version}`),
      program: await bundleAgent(scene.node.path(`bundle-${version}`), version),
    })),
  );
});
afterEach(async () => {
  await Promise.all(versions.map(({ process }) => process.kill()));
  await scene.reset();
});
afterAll(() => scene.reset());

interface AgentVersion {
  readonly version: string;
  readonly process: AgentProcess;
  readonly program: readonly string[];
}

/** How the new one comes: beside the old one, which then ends, or after its end, or after its death. */
const WAYS = {
  async beside(old: AgentVersion, next: AgentVersion) {
    await next.process.begin("waiting for another agent", { program: next.program });
    await old.process.stop();
    await next.process.start({ program: next.program });
  },
  async after(old: AgentVersion, next: AgentVersion) {
    await old.process.stop();
    await next.process.start({ program: next.program });
  },
  async instead(old: AgentVersion, next: AgentVersion) {
    await old.process.kill();
    await next.process.start({ program: next.program });
  },
};

/** Lets pods come and go until told to stop; what the runtime would repeat is repeated. Answers every outcome. */
class Load {
  readonly adds: Outcome[] = [];
  readonly dels: Outcome[] = [];
  #ending = false;

  async run(network: string): Promise<void> {
    await Promise.all(Array.from({ length: LANES }, () => this.#lane(network)));
  }

  end(): void {
    this.#ending = true;
  }

  async #lane(network: string): Promise<void> {
    while (!this.#ending) {
      const pod = await scene.addPod();
      this.adds.push(await scene.call("ADD", pod, network));
      // As a runtime does, whether the ADD went through or not.
      for (;;) {
        const del = await scene.call("DEL", pod, network);
        this.dels.push(del);
        if (del.kind === "success") break;
      }
    }
  }
}

/** Everything but success, and the errors with a code that makes a runtime try again. */
const unexpected = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap((outcome) => {
    if (outcome.kind === "success" || (outcome.kind === "error" && outcome.error.code === 11)) return [];
    return [outcome.stdout + outcome.stderr];
  });

const refusals = (outcomes: readonly Outcome[]) => outcomes.filter(({ kind }) => kind !== "success").length;

test.each([
  ["required", "beside"],
  ["required", "after"],
  ["required", "instead"],
  ["auto", "beside"],
  ["auto", "instead"],
] as const)("%s: a new agent comes %s the old one", async (mode, way) => {
  scene.addNetwork("own", mode);
  const [first, second] = versions as [AgentVersion, AgentVersion];
  let [running, next] = [first, second];
  await running.process.start({ program: running.program });
  const load = new Load();
  const loading = load.run("own");
  for (let round = 0; round < REPLACEMENTS; round++) {
    const served = load.adds.length + LANES;
    await waitFor("pods through this agent", () => load.adds.length > served);
    await WAYS[way](running, next);
    [running, next] = [next, running];
  }
  load.end();
  await loading;
  expect(unexpected([...load.adds, ...load.dels])).toEqual([]);
  expect(load.adds.length).toBeGreaterThan(REPLACEMENTS * LANES);
  if (mode === "auto") expect(refusals(load.dels)).toBe(0);
  // No more than were in flight when an agent went.
  if (mode === "auto") expect(refusals(load.adds)).toBeLessThanOrEqual(REPLACEMENTS * LANES);
  expect(await scene.leaks()).toEqual([]);
});
