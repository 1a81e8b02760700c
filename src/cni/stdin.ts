import { CniCode, CniError, messageOf } from "./errors.ts";
import { describeValue, isObject } from "./field.ts";
import { jsonErrorPosition } from "./json-position.ts";

/**
 * Bytes of a configuration. Kubernetes allows 256 KiB of annotations a pod, and a GC list has about
 * 100 bytes an attachment: whatever is larger than this is not a configuration.
 */
export const MAX_CONFIG_BYTES = 4 * 1024 * 1024;

/**
 * Reads a stream to its end, as UTF-8; a byte order mark at its beginning is passed over.
 *
 * @throws {CniError} code 6 for what is not UTF-8, and once it turns out longer than `limit` bytes
 */
export function readBounded(stream: Iterable<Uint8Array>, limit: number = MAX_CONFIG_BYTES): string {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (const chunk of stream) {
    size += chunk.byteLength;
    if (size > limit) {
      throw tooLarge(limit);
    }
    chunks.push(chunk);
  }
  return decode(Buffer.concat(chunks));
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw undecodable("is not UTF-8: write the network configuration in that encoding");
  }
}

/**
 * Reads the network configuration that the runtime writes to standard input.
 *
 * @throws {CniError} code 6 when it is empty, not JSON (with the position), not an object, or too large
 */
export function parseConfig(text: string): Record<string, unknown> {
  if (Buffer.byteLength(text) > MAX_CONFIG_BYTES) {
    throw tooLarge(MAX_CONFIG_BYTES);
  }
  if (text.trim() === "") {
    throw undecodable("is empty: the runtime must write the network configuration (JSON) there");
  }
  const config = parseJson(text);
  if (!isObject(config)) {
    throw undecodable(
      `must hold the network configuration, a JSON object, but holds ${describeValue(config)}`,
    );
  }
  return config;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const position = jsonErrorPosition(text);
    const where = position === undefined ? "" : ` at ${position}`;
    throw undecodable(`is not JSON${where}: correct the network configuration`, messageOf(error));
  }
}

function undecodable(fault: string, details?: string): CniError {
  return new CniError(CniCode.decode, `standard input ${fault}`, details);
}

function tooLarge(limit: number): CniError {
  return undecodable(`has more than ${limit} bytes: that is no network configuration`);
}
