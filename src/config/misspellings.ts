import { isObject, type JsonObject } from "./object.ts";
import { ConfigSchema, sections } from "./schema.ts";

/** Keys of a network configuration that belong to CNI itself, so that none is taken for a misspelling. */
const CNI_KEYS = new Set([
  "cniVersion",
  "cniVersions",
  "disableCheck",
  "disableGC",
  "loadOnlyInlinedPlugins",
  "plugins",
  "capabilities",
  "runtimeConfig",
  "args",
  "prevResult",
  "dns",
  "ipam",
  "ipMasq",
]);

/**
 * A warning for each unknown key that looks like one of ours. Other unknown keys are nobody's business: the
 * CNI specification has plugins ignore them.
 */
export function misspellings(config: JsonObject): string[] {
  const own = Object.fromEntries(Object.entries(config).filter(([key]) => !CNI_KEYS.has(key)));
  const warnings = inSection("", own, Object.keys(ConfigSchema.entries));
  for (const [name, schema] of Object.entries(sections)) {
    const section = config[name];
    if (isObject(section)) warnings.push(...inSection(`${name}.`, section, Object.keys(schema.entries)));
  }
  return warnings;
}

function inSection(prefix: string, section: JsonObject, known: string[]): string[] {
  return Object.keys(section)
    .filter((key) => !known.includes(key))
    .flatMap((key) => {
      const meant = closest(key, known);
      if (meant === undefined) return [];
      return [`${prefix}${key} is not a known key; did you mean ${prefix}${meant}?`];
    });
}

/** The known key that `key` is a misspelling of: one edit away, or two where the key is long enough. */
function closest(key: string, known: string[]): string | undefined {
  const spelled = key.toLowerCase().replaceAll("-", "_");
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(spelled, candidate) }))
    .filter(({ candidate, distance }) => distance <= (candidate.length > 5 ? 2 : 1))
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/** Levenshtein distance: the least number of letters to insert, delete or replace. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
