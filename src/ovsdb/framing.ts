/** JSON-RPC over a stream: JSON objects follow one another with nothing, or white space, between them (RFC 7047, 4). */

const SPACE = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;
/** What is buffered is read from its beginning each time: of more than so many bytes only when an object may be complete. */
const LONG = 65_536;

/** Finds the objects in a stream that comes in pieces. */
export class JsonStream {
  private buffered: Uint8Array = new Uint8Array();

  /**
   * Takes the next piece and answers the objects that it completes. One that can never be completed, as it is not JSON,
   * is waited for like any other.
   *
   * @throws SyntaxError for what does not begin as an object
   */
  push(piece: Uint8Array): unknown[] {
    this.buffered = Buffer.concat([this.buffered, piece]);
    if (this.buffered.length > LONG && !mayEndObject(piece)) return [];
    const objects: unknown[] = [];
    for (;;) {
      this.skipSpace();
      // Its error tells nothing: there is one also between two objects on one line, and for one that is cut within an
      // escape or a number.
      const { values, read } = Bun.JSONL.parseChunk(this.buffered);
      if (values.length === 0) return objects;
      objects.push(...values);
      this.buffered = this.buffered.subarray(read);
    }
  }

  /** Goes on to the next object. @throws SyntaxError when something else comes */
  private skipSpace(): void {
    const start = this.buffered.findIndex((byte) => byte > SPACE);
    if (start >= 0 && this.buffered[start] !== OPEN) throw new SyntaxError("not a JSON object");
    this.buffered = start < 0 ? new Uint8Array() : this.buffered.subarray(start);
  }
}

function mayEndObject(piece: Uint8Array): boolean {
  return piece.findLast((byte) => byte > SPACE) === CLOSE;
}
