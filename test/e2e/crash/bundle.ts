/** The plugin that counts its steps as a program. */
import { chmodSync, writeFileSync } from "node:fs";

/** Builds a plugin `skynet` into a folder and answers the folder. Bundled it starts sooner, and stays as it is. */
export async function buildWatchedPlugin(folder: string): Promise<string> {
  await Bun.build({
    entrypoints: [`${import.meta.dir}/watched-plugin.ts`],
    target: "bun",
    splitting: true,
    outdir: folder,
  });
  const program = `${folder}/skynet`;
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${folder}/watched-plugin.js\n`);
  chmodSync(program, 0o755);
  return folder;
}
