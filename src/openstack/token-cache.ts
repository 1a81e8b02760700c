import type { Grant } from "./authenticate.ts";

/** A draft of this age is nobody's any more: its process was killed before it could replace the token. */
const ABANDONED_MS = 60_000;
/** `<key>.json.<uuid>`. */
const DRAFT = /\.json\.[0-9a-f-]{36}$/;

/** Keeps tokens between processes, so that not every one has to authenticate. */
export interface TokenCache {
  /** The grant stored under `key`, unless there is none that can be used. Never throws. */
  load(key: string): Promise<Grant | undefined>;
  /** Stores `grant` under `key`. Never throws: a cache that cannot be written only costs time. */
  store(key: string, grant: Grant): Promise<void>;
}

/** Cache keys are digests: they name a file and tell nothing. `identity` must hold all that a grant depends on. */
export function cacheKey(identity: readonly unknown[]): string {
  return Bun.SHA256.hash(JSON.stringify(identity), "hex");
}

/**
 * Tokens in one file each, `<directory>/<key>.json`, readable by the owner alone (0600 in a directory of 0700) and replaced
 * atomically. A file that others may read, or that is damaged, is ignored.
 */
export class FileTokenCache implements TokenCache {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async load(key: string): Promise<Grant | undefined> {
    try {
      const file = Bun.file(this.#path(key));
      const { mode } = await file.stat();
      return (mode & 0o077) === 0 ? asGrant(await file.json()) : undefined;
    } catch {
      return undefined;
    }
  }

  async store(key: string, grant: Grant): Promise<void> {
    const path = this.#path(key);
    const draft = `${path}.${crypto.randomUUID()}`;
    // Loaded here, since a process that finds its token in the cache never writes one.
    const { mkdir, rename, rm, writeFile } = await import("node:fs/promises");
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFile(draft, JSON.stringify(grant), { mode: 0o600, flag: "wx" });
      await rename(draft, path);
      await this.#removeAbandoned();
    } catch {
      await rm(draft, { force: true }).catch(() => undefined);
    }
  }

  /** They hold tokens, and nobody else would ever remove them. */
  async #removeAbandoned(): Promise<void> {
    const { readdir, rm, stat } = await import("node:fs/promises");
    for (const name of await readdir(this.#directory)) {
      if (!DRAFT.test(name)) continue;
      const path = `${this.#directory}/${name}`;
      const { mtimeMs } = await stat(path);
      if (mtimeMs < Date.now() - ABANDONED_MS) await rm(path, { force: true });
    }
  }

  #path(key: string): string {
    return `${this.#directory}/${key}.json`;
  }
}

function asGrant(value: unknown): Grant | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { token, expiresAt, endpoint, projectId } = value as Record<string, unknown>;
  if (typeof token !== "string" || typeof expiresAt !== "number") return undefined;
  if (typeof endpoint !== "string" || typeof projectId !== "string") return undefined;
  return { token, expiresAt, endpoint, projectId };
}
