/** JSON-RPC over a stream: JSON objects follow one another with nothing, or white space, between them (RFC 7047, 4). */

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Finds the objects in a stream that comes in pieces. */
export class JsonStream {
  private buffered: Uint8Array = new Uint8Array();
  /** How much of it has been looked at. */
  private position = 0;
  private depth = 0;
  private inString = false;

  /**
   * Takes the next piece and answers the objects that it completes.
   *
   * @throws SyntaxError for what is not JSON, or no object
   */
  push(piece: Uint8Array): unknown[] {
    this.buffered = joined(this.buffered, piece);
    const objects: unknown[] = [];
    let start = 0;
    for (let end = this.nextEnd(); end !== undefined; end = this.nextEnd()) {
      objects.push(JSON.parse(new TextDecoder().decode(this.buffered.subarray(start, end))));
      start = end;
    }
    this.buffered = this.buffered.slice(start);
    this.position -= start;
    return objects;
  }

  /** Looks on to the end of an object, which is where only its outermost brace is left to close. */
  private nextEnd(): number | undefined {
    while (this.position < this.buffered.length) {
      const byte = this.buffered[this.position++] as number;
      if (this.inString) this.passString(byte);
      else if (byte === QUOTE) this.inString = true;
      else if (byte === OPEN) this.depth += 1;
      else if (byte === CLOSE && --this.depth === 0) return this.position;
      if (this.depth <= 0 && byte > SPACE) throw new SyntaxError("not a JSON object");
    }
    return undefined;
  }

  private passString(byte: number): void {
    if (byte === QUOTE) this.inString = false;
    else if (byte === BACKSLASH) this.position += 1;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
