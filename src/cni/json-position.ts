const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/uy;
const SCALAR = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;
/** Deeper than any configuration; a bound so that a hostile text does not exhaust the stack. */
const MAX_DEPTH = 200;

/**
 * Where a text stops being JSON, as `line 3, column 14`; undefined when it is JSON. The JSON parser of the
 * runtime does not tell, and "somewhere in there" helps nobody who edits a configuration file.
 */
export function jsonErrorPosition(text: string): string | undefined {
  const offset = new Scanner(text).errorOffset();
  if (offset === undefined) {
    return undefined;
  }
  const before = text.slice(0, offset).split("\n");
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}

/** Walks a JSON text. Each method answers whether it found what it is named after, and steps over it. */
class Scanner {
  private offset = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  /** Offset of the first character that cannot stand where it does; undefined when all can. */
  errorOffset(): number | undefined {
    const isJson = this.value() && this.skipSpace() && this.offset === this.text.length;
    return isJson ? undefined : this.offset;
  }

  private value(): boolean {
    this.skipSpace();
    const next = this.text[this.offset];
    if (next === "{") {
      return this.sequence("}", () => this.member());
    }
    if (next === "[") {
      return this.sequence("]", () => this.value());
    }
    return this.match(STRING) || this.match(SCALAR);
  }

  private member(): boolean {
    this.skipSpace();
    return this.match(STRING) && this.skipSpace() && this.character(":") && this.value();
  }

  private sequence(end: string, element: () => boolean): boolean {
    this.depth += 1;
    const isThere = this.depth <= MAX_DEPTH && this.elements(end, element);
    this.depth -= 1;
    return isThere;
  }

  private elements(end: string, element: () => boolean): boolean {
    this.offset += 1;
    this.skipSpace();
    if (this.character(end)) {
      return true;
    }
    while (element()) {
      this.skipSpace();
      if (this.character(end)) {
        return true;
      }
      if (!this.character(",")) {
        return false;
      }
    }
    return false;
  }

  private character(expected: string): boolean {
    const isThere = this.text[this.offset] === expected;
    this.offset += isThere ? 1 : 0;
    return isThere;
  }

  private skipSpace(): true {
    this.match(SPACE);
    return true;
  }

  private match(pattern: RegExp): boolean {
    pattern.lastIndex = this.offset;
    const isThere = pattern.test(this.text);
    this.offset = isThere ? pattern.lastIndex : this.offset;
    return isThere;
  }
}
