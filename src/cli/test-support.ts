import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Terminal } from "./terminal.ts";

/** A terminal that remembers what was said. */
export class FakeTerminal implements Terminal {
  output = "";
  errors = "";
  colour = false;
  watched = false;

  out(text: string): void {
    this.output += text;
  }

  err(text: string): void {
    this.errors += text;
  }
}

/** A folder that is removed when it goes out of scope. */
export function temporaryFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "skynet-cli-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}
