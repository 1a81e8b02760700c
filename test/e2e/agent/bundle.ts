/** The program in another version, to be upgraded to and from. */

/** Bundles it into a folder and answers the command line of its agent. */
export async function bundleAgent(folder: string, version: string): Promise<string[]> {
  const { success, logs } = await Bun.build({
    entrypoints: [`${import.meta.dir}/../../../src/main.ts`],
    target: "bun",
    splitting: true,
    outdir: folder,
    plugins: [
      {
        name: "another version",
        setup(build) {
          build.onLoad({ filter: /\/src\/version\.ts$/ }, () => ({
            contents: `export const VERSION = ${JSON.stringify(version)};`,
            loader: "ts",
          }));
        },
      },
    ],
  });
  if (!success) throw new AggregateError(logs, "the agent cannot be bundled");
  return [process.execPath, `${folder}/main.js`, "agent"];
}
