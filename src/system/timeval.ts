/** `struct timeval` of 64-bit machines: two numbers of 64 bits, of which the lower halves come first. */
export function timeval(milliseconds: number): Uint8Array {
  // A timeout of zero would be none.
  const microseconds = Math.max(1, Math.round(milliseconds * 1000));
  const halves = new Uint32Array([Math.floor(microseconds / 1_000_000), 0, microseconds % 1_000_000, 0]);
  return new Uint8Array(halves.buffer);
}
