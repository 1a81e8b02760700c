/** Configuration files of OpenStack's services: sections of keys. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

export type Ini = Record<string, Record<string, string | number | boolean>>;

/** Renders sections in the form oslo.config reads. */
export function renderIni(sections: Ini): string {
  return Object.entries(sections)
    .map(([name, keys]) => {
      const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}\n`);
      return `[${name}]\n${lines.join("")}`;
    })
    .join("\n");
}

/** `changes` laid over `base`, key by key in each section; neither is changed. */
export function mergeIni(base: Ini, changes: Ini): Ini {
  const merged = { ...base };
  for (const [name, keys] of Object.entries(changes)) merged[name] = { ...merged[name], ...keys };
  return merged;
}

/** Writes a configuration file and answers its path. */
export async function writeIni(path: string, sections: Ini): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  await Bun.write(path, renderIni(sections));
  return path;
}
