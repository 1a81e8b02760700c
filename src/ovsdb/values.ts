/** Columns' values as JSON has them (RFC 7047, section 5.1), and how they are read. */

export type Uuid = readonly ["uuid" | "named-uuid", string];
export type Atom = string | number | boolean | Uuid;
export type Value =
  | Atom
  | readonly ["set", readonly Atom[]]
  | readonly ["map", readonly (readonly [Atom, Atom])[]];
export type Row = Readonly<Record<string, Value>>;

/** A row that the database answered, by its identity. */
export type StoredRow = Row & { readonly _uuid: Uuid };

/** A reference to a row made in the same transaction under `uuid-name`. */
export function named(name: string): Uuid {
  return ["named-uuid", name];
}

export function setOf(...atoms: readonly Atom[]): Value {
  return ["set", atoms];
}

export function mapOf(entries: Readonly<Record<string, string>>): Value {
  return ["map", Object.entries(entries)];
}

/** What a column holds: a column of one value, or of at most one, comes without the brackets of a set. */
export function readSet(value: Value | undefined): readonly Atom[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [value as Atom];
  const [type, content] = value as readonly [string, readonly Atom[]];
  return type === "set" ? content : [value as Uuid];
}

/** The value of a column that has at most one. */
export function readOptional(value: Value | undefined): Atom | undefined {
  return readSet(value)[0];
}

/** A column of at most one text; anything else is taken for none. */
export function readText(value: Value | undefined): string | undefined {
  const atom = readOptional(value);
  return typeof atom === "string" ? atom : undefined;
}

/** A column of at most one number; anything else is taken for none. */
export function readNumber(value: Value | undefined): number | undefined {
  const atom = readOptional(value);
  return typeof atom === "number" ? atom : undefined;
}

/** The numbers of a column that may have many. */
export function readNumbers(value: Value | undefined): number[] {
  return readSet(value).filter((atom) => typeof atom === "number");
}

/** A column that maps texts to texts. */
export function readMap(value: Value | undefined): Readonly<Record<string, string>> {
  if (!Array.isArray(value) || value[0] !== "map") return {};
  return Object.fromEntries(value[1] as readonly (readonly [string, string])[]);
}

/** The identities that a column of references holds. */
export function readReferences(value: Value | undefined): string[] {
  return readSet(value).flatMap((atom) => (Array.isArray(atom) ? [atom[1] as string] : []));
}
