import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Path of a file here. */
export function testFile(name: string): string {
  return join(import.meta.dir, name);
}

/** Text of a file here. */
export function testText(name: string): Promise<string> {
  return Bun.file(testFile(name)).text();
}

/** A folder that is gone at the end of the block (`using`). */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), "skynet-kubernetes-"));

  write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
