/** What a machine's restart does to a node: the kernel forgets, files stay. */
import { ipBatch } from "../../../lab/namespaces.ts";
import type { Arena, Site } from "../agent-kills/arena.ts";

/** The group of every link that skynet makes. */
const GROUP = 94;

/** The node's agent, its pods' namespaces and every link that skynet made are gone. */
export async function reboot({ slots }: Arena, { node, agent }: Site, index: number): Promise<void> {
  await agent?.kill();
  const sandboxes = slots.filter((slot) => slot.node === index).flatMap((slot) => slot.sandboxes);
  for (const tracked of sandboxes) {
    tracked.belief = "leaving";
    await tracked.removeNetns();
  }
  await ipBatch(node.namespace, [`link del group ${GROUP}`]);
}
