import { KubernetesError } from "./errors.ts";

/**
 * A mapping inside a kubeconfig, read key by key. Errors name the file, the entry and the key.
 * Empty texts and nulls count as absent, as kubectl has it.
 */
export class Entry {
  private constructor(
    private readonly file: string,
    /** E.g. `cluster "prod"`; empty for the top of the file. */
    readonly name: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  /** @throws {KubernetesError} when the value is no mapping */
  static of(file: string, name: string, value: unknown): Entry {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw problemIn(file, name, `must be a mapping of keys to values, and is ${describe(value)}`);
    }
    return new Entry(file, name, value as Record<string, unknown>);
  }

  has(key: string): boolean {
    return this.value(key) !== undefined;
  }

  /** @throws {KubernetesError} when the value is there and no text */
  text(key: string): string | undefined {
    const value = this.value(key);
    if (value !== undefined && typeof value !== "string") {
      throw this.error(key, `must be text, and is ${describe(value)}: put it in quotes`);
    }
    return value;
  }

  /** @throws {KubernetesError} when the value is missing or no text */
  requiredText(key: string): string {
    const value = this.text(key);
    if (value === undefined) {
      throw this.error(key, "is missing");
    }
    return value;
  }

  /** @throws {KubernetesError} when the value is there and neither true nor false */
  flag(key: string): boolean {
    const value = this.value(key) ?? false;
    if (typeof value !== "boolean") {
      throw this.error(key, `must be true or false, and is ${describe(value)}`);
    }
    return value;
  }

  /** The mapping under a key. @throws {KubernetesError} when it is missing or no mapping */
  entry(key: string, name: string): Entry {
    const value = this.value(key);
    if (value === undefined) {
      throw this.error(key, "is missing");
    }
    return Entry.of(this.file, name, value);
  }

  /**
   * The named items of a list such as `clusters`, as `cluster "prod"` and so on.
   *
   * @throws {KubernetesError} when it is no list, or an item has no name, or two have the same
   */
  list(key: string, singular: string): ReadonlyMap<string, Entry> {
    const value = this.value(key) ?? [];
    if (!Array.isArray(value)) {
      throw this.error(key, `must be a list, and is ${describe(value)}`);
    }
    const items = new Map<string, Entry>();
    for (const [index, raw] of value.entries()) {
      const name = Entry.of(this.file, `${key}[${index}]`, raw).requiredText("name");
      if (items.has(name)) {
        throw this.error(key, `holds two entries named "${name}": rename or remove one`);
      }
      items.set(name, Entry.of(this.file, `${singular} "${name}"`, raw));
    }
    return items;
  }

  error(key: string, problem: string): KubernetesError {
    return problemIn(this.file, this.name === "" ? key : `${this.name}, ${key}`, problem);
  }

  private value(key: string): unknown {
    const value = Object.hasOwn(this.values, key) ? this.values[key] : undefined;
    return value === null || value === "" ? undefined : value;
  }
}

/** An error about one place of a kubeconfig. */
export function problemIn(file: string, place: string, problem: string): KubernetesError {
  return new KubernetesError("config", `kubeconfig ${file}: ${place}: ${problem}`, { path: file });
}

/** Names the kind of a wrong value. Never the value itself: it may be a secret. */
function describe(value: unknown): string {
  if (value === null || value === undefined) {
    return "empty";
  }
  if (Array.isArray(value)) {
    return "a list";
  }
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}
