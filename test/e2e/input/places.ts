/** Fills in what tables of cases cannot know: addresses of servers, ids of networks, folders. */

/** By their names in the tables, where they stand between `@`. */
export type Places = Readonly<Record<string, string>>;

const PLACE = /@([a-z0-9-]+)@/g;

/** @throws Error for a place that does not exist: a misspelt table */
export function fillText(text: string, places: Places): string {
  return text.replace(PLACE, (_, name: string) => {
    const value = places[name];
    if (value === undefined) throw new Error(`there is no place @${name}@`);
    return value;
  });
}

/** The same in every text within a value, keys of objects included. */
export function fill(value: unknown, places: Places): unknown {
  if (typeof value === "string") return fillText(value, places);
  if (Array.isArray(value)) return value.map((item) => fill(item, places));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [fillText(key, places), fill(item, places)]),
  );
}
