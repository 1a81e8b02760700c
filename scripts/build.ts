/**
 * Builds the single executable: `bun scripts/build.ts x64|arm64`.
 *
 * Each role of the program is a chunk of its own (--splitting) and is loaded when main.ts has decided for it;
 * bytecode and minification halve the start. A compiled Bun program would by default load `.env` and
 * `bunfig.toml` (with its preload scripts) from whatever directory the runtime starts it in: switched off.
 */
import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import manifest from "../package.json" with { type: "json" };

const root = join(import.meta.dir, "..");
const targets = {
  x64: { target: "bun-linux-x64", runtime: "bun-linux-x64", outfile: "dist/skynet" },
  arm64: { target: "bun-linux-arm64", runtime: "bun-linux-aarch64", outfile: "dist/skynet-arm64" },
} as const;

/**
 * How much longer than usual code runs before it is compiled to machine code. A plugin process ends before that pays:
 * the compiler would only take processor time from it. Measured: ADD 2.07 -> 1.83 times the Go plugins'. A role that
 * stays calls `Bun.unsafe.setJITPolicy` when it starts.
 */
const JIT_THRESHOLD_SCALE = 20;

const arch = process.argv[2] ?? "x64";
if (arch !== "x64" && arch !== "arm64") {
  console.error(`usage: bun scripts/build.ts x64|arm64 (not "${arch}")`);
  process.exit(2);
}
await build(arch);

async function build(arch: keyof typeof targets): Promise<void> {
  const { target, outfile } = targets[arch];
  const started = performance.now();
  const runtime = arch === process.arch ? process.execPath : await foreignRuntime(targets[arch].runtime);
  run([
    process.execPath,
    "build",
    "--compile",
    `--target=${target}`,
    `--compile-executable-path=${runtime}`,
    "--minify",
    "--bytecode",
    "--format=esm",
    "--splitting",
    `--compile-jit-policy=${JIT_THRESHOLD_SCALE}`,
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-tsconfig",
    "--no-compile-autoload-package-json",
    join(root, "src/main.ts"),
    `--outfile=${join(root, outfile)}`,
  ]);
  const megabytes = (statSync(join(root, outfile)).size / 1e6).toFixed(0);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`built ${outfile} ${manifest.version} for ${target}: ${megabytes} MB in ${seconds} s`);
}

/** The other architecture's runtime, of the very version pinned in package.json, from its npm package. */
async function foreignRuntime(name: string): Promise<string> {
  const version = manifest.devDependencies.bun;
  const dir = join(root, ".work", `${name}-${version}`);
  const runtime = join(dir, "package/bin/bun");
  if (existsSync(runtime)) return runtime;
  mkdirSync(dir, { recursive: true });
  try {
    run(["npm", "pack", "--silent", "--pack-destination", dir, `@oven/${name}@${version}`]);
    run(["tar", "-xzf", join(dir, `oven-${name}-${version}.tgz`), "-C", dir]);
  } catch (error) {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  return runtime;
}

function run(command: string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: root });
  if (exitCode === 0) return;
  console.error(`${command.join(" ")}\nfailed with exit code ${exitCode}:\n${stdout}${stderr}`);
  process.exit(1);
}
