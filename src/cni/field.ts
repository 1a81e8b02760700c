import { type CniCode, CniError } from "./errors.ts";

const MAX_SHOWN = 60;
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * A value somewhere inside a JSON document, together with its key path, so that whoever reads it gets the
 * shape asked for or an error that says where the wrong one stands. `null` counts as absent, as in the Go
 * programs that write these documents.
 */
export class Field {
  constructor(
    private readonly value: unknown,
    readonly path: string,
    private readonly code: CniCode,
  ) {}

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  /** The value under a key of an object; absent when the object is. */
  key(name: string): Field {
    const object = this.object();
    const value = Object.hasOwn(object, name) ? object[name] : undefined;
    return new Field(value, join(this.path, name), this.code);
  }

  /** All keys of an object with their values; none when it is absent. */
  entries(): [string, Field][] {
    return Object.keys(this.object()).map((name) => [name, this.key(name)]);
  }

  /** The elements of a list; none when it is absent. */
  items(): Field[] {
    if (this.isAbsent) {
      return [];
    }
    if (!Array.isArray(this.value)) {
      throw this.error("must be a list");
    }
    return this.value.map((item, index) => new Field(item, `${this.path}[${index}]`, this.code));
  }

  /** A string; undefined when absent or empty. */
  text(): string | undefined {
    if (this.isAbsent || this.value === "") {
      return undefined;
    }
    if (typeof this.value !== "string") {
      throw this.error("must be a string");
    }
    return this.value;
  }

  requiredText(): string {
    const text = this.text();
    if (text === undefined) {
      throw this.error("must be a string that is not empty");
    }
    return text;
  }

  /** A list of strings; undefined when absent or empty. */
  texts(): string[] | undefined {
    const texts = this.items().map((item) => item.requiredText());
    return texts.length === 0 ? undefined : texts;
  }

  /** A whole number from 0 on; undefined when absent. */
  count(): number | undefined {
    if (this.isAbsent) {
      return undefined;
    }
    if (typeof this.value !== "number" || !Number.isSafeInteger(this.value) || this.value < 0) {
      throw this.error("must be a whole number, 0 or more");
    }
    return this.value;
  }

  /** The error for this value: `path` must be so, but is this. */
  error(requirement: string): CniError {
    const found = this.isAbsent ? "is missing" : `is ${describeValue(this.value)}`;
    return new CniError(this.code, `${this.path} ${requirement}, but ${found}`);
  }

  /** Checks that this is an object, or absent (then it reads as an empty one). */
  object(): Record<string, unknown> {
    if (this.isAbsent) {
      return {};
    }
    if (!isObject(this.value)) {
      throw this.error("must be an object");
    }
    return this.value;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as messages show it: JSON, shortened. */
export function describeValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function join(path: string, name: string): string {
  if (path === "") {
    return name;
  }
  return IDENTIFIER.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}
