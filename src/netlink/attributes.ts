/**
 * Netlink attributes (linux/netlink.h, `struct nlattr`): 2 bytes length, 2 bytes type, value, padding to 4 bytes.
 * Numbers are in host order, which is little-endian on every machine this runs on; addresses are in network order.
 *
 * Of one ADD's messages this makes and reads hundreds. What is called for each of them is short and calls little, so
 * that it is done before the runtime would begin to compile it.
 */

/** Set on the type of an attribute that holds attributes. */
const NLA_F_NESTED = 0x8000;
const TYPE_MASK = 0x3fff;
const HEADER_LENGTH = 4;

/** Values of attributes by type. Of several with the same type the last is kept. */
export type Attributes = ReadonlyMap<number, Uint8Array>;

/** Rounds a length up to the 4 bytes that netlink aligns to. */
export function aligned(length: number): number {
  return (length + 3) & ~3;
}

/** Joins byte arrays. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.byteLength;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}

/** A view on bytes, wherever in their buffer they lie. */
export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** One attribute with a raw value, padded. */
export function bytes(type: number, value: Uint8Array): Uint8Array {
  const length = HEADER_LENGTH + value.byteLength;
  const attribute = new DataView(new ArrayBuffer(aligned(length)));
  attribute.setUint16(0, length, true);
  attribute.setUint16(2, type, true);
  const encoded = new Uint8Array(attribute.buffer);
  encoded.set(value, HEADER_LENGTH);
  return encoded;
}

export function u16(type: number, value: number): Uint8Array {
  return bytes(type, Uint8Array.of(value & 0xff, value >> 8));
}

export function u32(type: number, value: number): Uint8Array {
  const attribute = new DataView(new ArrayBuffer(HEADER_LENGTH + 4));
  attribute.setUint16(0, HEADER_LENGTH + 4, true);
  attribute.setUint16(2, type, true);
  attribute.setUint32(HEADER_LENGTH, value, true);
  return new Uint8Array(attribute.buffer);
}

/** A string with its terminating zero byte. */
export function string(type: number, value: string): Uint8Array {
  return bytes(type, new TextEncoder().encode(`${value}\0`));
}

export function nested(type: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  return bytes(type | NLA_F_NESTED, concat(attributes));
}

/**
 * Reads the attributes that fill `data`.
 *
 * @throws RangeError when a length does not fit
 */
export function parseAttributes(data: Uint8Array): Attributes {
  const attributes = new Map<number, Uint8Array>();
  const header = view(data);
  for (let offset = 0; offset + HEADER_LENGTH <= data.byteLength; ) {
    const length = header.getUint16(offset, true);
    if (length < HEADER_LENGTH || offset + length > data.byteLength) {
      throw new RangeError(`netlink attribute of ${length} bytes at ${offset} of ${data.byteLength}`);
    }
    attributes.set(
      header.getUint16(offset + 2, true) & TYPE_MASK,
      data.subarray(offset + HEADER_LENGTH, offset + length),
    );
    offset += (length + 3) & ~3;
  }
  return attributes;
}

/** The attributes inside an attribute; none when it is missing. */
export function readNested(attributes: Attributes, type: number): Attributes {
  const value = attributes.get(type);
  return value === undefined ? new Map() : parseAttributes(value);
}

export function readU8(attributes: Attributes, type: number): number | undefined {
  return attributes.get(type)?.[0];
}

export function readU16(attributes: Attributes, type: number): number | undefined {
  const value = attributes.get(type);
  return value && value.byteLength >= 2 ? view(value).getUint16(0, true) : undefined;
}

export function readU32(attributes: Attributes, type: number): number | undefined {
  const value = attributes.get(type);
  if (value === undefined || value.byteLength < 4) return undefined;
  const [a, b, c, d] = [value[0] ?? 0, value[1] ?? 0, value[2] ?? 0, value[3] ?? 0];
  return ((d << 24) | (c << 16) | (b << 8) | a) >>> 0;
}

/** A string, up to its first zero byte. */
export function readString(attributes: Attributes, type: number): string | undefined {
  const value = attributes.get(type);
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return new TextDecoder().decode(end === -1 ? value : value.subarray(0, end));
}
