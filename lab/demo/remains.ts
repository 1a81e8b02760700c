/** What there is of a lab on this machine. */
import { existsSync } from "node:fs";
import { type LabLayout, labFolderVariable } from "../layout.ts";
import { namespaces } from "../namespaces.ts";
import { processEnvironment, processes } from "../proc.ts";

/** Its namespaces, its folder and its processes, each in words. */
export function remains(layout: LabLayout): string[] {
  const mark = `${labFolderVariable}=${layout.dir}`;
  const own = processes().filter((pid) => pid !== process.pid && processEnvironment(pid).includes(mark));
  return [
    ...namespaces()
      .filter((name) => layout.owns(name))
      .map((name) => `network namespace ${name}`),
    ...(existsSync(layout.dir) ? [`folder ${layout.dir}`] : []),
    ...own.map((pid) => `process ${pid}`),
  ];
}
