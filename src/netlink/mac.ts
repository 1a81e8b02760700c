/**
 * Ethernet addresses between their text and their six bytes. Loops, and not `from` with a function: that is a part of
 * the runtime which every process would have to compile first.
 */

/**
 * Reads `fa:16:3e:00:00:01`.
 *
 * @throws RangeError
 */
export function parseMac(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) throw new RangeError(`"${text}" is not a MAC address`);
  const bytes = new Uint8Array(6);
  for (let index = 0; index < 6; index++)
    bytes[index] = Number.parseInt(text.slice(index * 3, index * 3 + 2), 16);
  return bytes;
}

/** Lower-case text with colons. */
export function formatMac(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.byteLength; index++) {
    text += `:${(bytes[index] ?? 0).toString(16).padStart(2, "0")}`;
  }
  return text.slice(1);
}
