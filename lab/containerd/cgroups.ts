/** Control groups that a container runtime made, and that stay when it is killed. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../command.ts";
import { waitFor } from "../wait.ts";

const mountPoint = "/sys/fs/cgroup";

/**
 * Removes a control group and those in it from every hierarchy: the unified one and those of version 1.
 * Its processes must have ended.
 *
 * @param parent path in the hierarchy, beginning with `/`
 */
export async function removeControlGroups(parent: string): Promise<void> {
  const hierarchies = [mountPoint, ...readdirSync(mountPoint).map((name) => join(mountPoint, name))];
  for (const group of hierarchies.map((hierarchy) => join(hierarchy, parent)).filter(existsSync)) {
    // A group is busy for a moment after its last process has ended.
    const removed = async () => {
      await run(["find", group, "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"]);
      return true;
    };
    await waitFor(`removal of ${group}`, removed, { timeout: 5_000 });
  }
}
