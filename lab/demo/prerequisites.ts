/** What the demo needs of a machine, and what to do where it is missing. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { attempt } from "../command.ts";
import { checkout } from "../layout.ts";

/** Something the demo needs is missing; the message says what, and how to get it. */
export class MissingPrerequisite extends Error {
  override readonly name = "MissingPrerequisite";
}

/**
 * Looks at everything that needs no package, the cheapest first.
 *
 * @throws MissingPrerequisite
 */
export async function requireBasics(): Promise<void> {
  if (process.platform !== "linux") {
    throw new MissingPrerequisite(
      `This is ${process.platform}. The demo needs Linux: use a Debian 12 machine.`,
    );
  }
  if (!existsSync(join(checkout, "node_modules", ".package-lock.json"))) {
    throw new MissingPrerequisite('The npm packages are missing (node_modules). Run "make setup".');
  }
  await requireExecutable();
  if (process.getuid?.() !== 0) {
    throw new MissingPrerequisite(
      "The demo must be run by root, because it makes network namespaces. Become root (su - or sudo -i) and try again.",
    );
  }
  if (!Bun.which("apt-get") || !Bun.which("dpkg-query")) {
    throw new MissingPrerequisite(
      "This is not Debian, nor made from it: there is no apt-get or no dpkg-query. Use a Debian 12 machine.",
    );
  }
}

/** The executable must be there, and made for this processor. */
async function requireExecutable(): Promise<void> {
  const executable = join(checkout, "dist", "skynet");
  if (!existsSync(executable)) {
    throw new MissingPrerequisite('The plugin is not built: there is no dist/skynet. Run "make build".');
  }
  const answer = await attempt([executable, "--version"], { env: {} }).catch((error: Error) => ({
    exitCode: null,
    stderr: error.message,
  }));
  if (answer.exitCode !== 0) {
    throw new MissingPrerequisite(
      `dist/skynet does not run on this machine (${process.arch}). "make build" builds it for x86-64, ` +
        `"make build-arm64" for ARM.\n${answer.stderr}`.trim(),
    );
  }
}
