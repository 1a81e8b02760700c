/** Security groups: enforced where somebody filters, refused where nobody does. */
import { expect } from "bun:test";
import { readFile } from "node:fs/promises";
import type { CellScene } from "./cell-scene.ts";
import { configOf, switchOf } from "./places.ts";

/** What a check of groups answers where a pod that asks for them is refused. */
export const REFUSED = "refused";
/** What it answers where nobody could enforce them. */
export const NO_ZONES = "no zones";

/** The group lets TCP 80 in. That 81 is blocked, and not just silent, a pod without port security shows. */
export async function groupsAreEnforced({ a1, a2, b }: CellScene): Promise<undefined> {
  await using _allowed = await a1.pod.listen(80);
  await using _blocked = await a1.pod.listen(81);
  await using _control = await a2.pod.listen(81);
  for (const address of [a1.ip4, a1.ip6]) {
    expect(await b.pod.connect(address, 80)).toEqual({ outcome: "answered", answer: a1.pod.name });
    expect(await b.pod.connect(address, 81)).toEqual({ outcome: "timeout" });
  }
  expect(await b.pod.connect(a2.ip4, 81)).toEqual({ outcome: "answered", answer: a2.pod.name });
  return undefined;
}

/** The switch itself says that it cannot do it: with the next kernel this fails, and the check can be made. */
export async function groupsAreImpossible({ lab, a1 }: CellScene): Promise<string> {
  const features = await switchOf(lab, a1.index).appctl("dpif/show-dp-features", "br-int");
  expect(features).toContain("CT zone: No");
  return NO_ZONES;
}

const nobodyFilters = "nothing enforces security groups";

/** A pod that asks for groups is refused; groups of the configuration give a warning, or refuse as well if it says so. */
export async function groupsAreRefused(scene: CellScene): Promise<string> {
  const { lab, place, a1 } = scene;
  const network = { "skynet/network_id": place.seeded.id };
  const asking = { ...network, "skynet/security_group_ids": lab.seeded.web };
  expect(await refusal(scene, asking)).toContain(nobodyFilters);
  expect(await refusal(scene, network, { security_groups: "require" })).toContain('"require"');
  const warning = new RegExp(`WARN .*${nobodyFilters}.* container=${a1.pod.containerId.slice(0, 13)}`);
  expect(await readFile(a1.node.path("skynet.log"), "utf8")).toMatch(warning);
  return REFUSED;
}

async function refusal(
  { scene, cell, lab, a1 }: CellScene,
  annotations: Record<string, string>,
  plugin: Record<string, unknown> = {},
): Promise<string> {
  const config = configOf(lab, cell, a1.index);
  const { pod, runtime } = await scene.prepare({
    node: a1.index,
    annotations,
    config: { ...config, plugin: { ...(config.plugin as object), ...plugin } },
  });
  try {
    return (await scene.failure(runtime.add(pod))).msg;
  } finally {
    await runtime.del(pod);
    await pod.remove();
  }
}
