/**
 * Decides which role this process plays, and imports nothing else until it knows: a runtime starts this
 * program for every pod, so what the plugin does not need must not cost it anything.
 */
if (process.env.CNI_COMMAND !== undefined) {
  const { runPlugin } = await import("./plugin/run.ts");
  await runPlugin();
} else {
  const { runCommandLine } = await import("./cli/main.ts");
  process.exitCode = await runCommandLine(process.argv.slice(2));
}

export {};
