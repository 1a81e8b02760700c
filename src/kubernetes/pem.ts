import { isAbsolute, join } from "node:path";
import { readText } from "./files.ts";
import type { Entry } from "./kubeconfig-entry.ts";

/**
 * Reads a certificate or key that an entry gives in one of two ways: as a file (`client-key`, relative to the
 * folder of the kubeconfig) or embedded as base64 (`client-key-data`). The embedded one wins, as for kubectl.
 *
 * @returns PEM text, or undefined when the entry gives neither
 * @throws {KubernetesError} naming file, entry and key
 */
export async function readPem(
  entry: Entry,
  key: string,
  kind: "certificate" | "key",
  folder: string,
): Promise<string | undefined> {
  const dataKey = `${key}-data`;
  const data = entry.text(dataKey);
  if (data !== undefined) {
    return checkPem(decodeBase64(data, entry, dataKey), kind, (problem) => entry.error(dataKey, problem));
  }
  const path = entry.text(key);
  if (path === undefined) {
    return undefined;
  }
  const file = resolvePath(path, folder);
  const text = await readText(file, entry.error(key, "cannot be used").message);
  return checkPem(text, kind, (problem) => entry.error(key, `the file ${file} ${problem}`));
}

/** A path of a kubeconfig, which may be relative to the folder the kubeconfig is in. */
export function resolvePath(path: string, folder: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

function decodeBase64(data: string, entry: Entry, key: string): string {
  const compact = data.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) {
    const hint = compact.startsWith("-----BEGIN")
      ? " (it is the PEM text itself: encode it with base64 -w0)"
      : "";
    throw entry.error(key, `must be base64${hint}`);
  }
  return Buffer.from(compact, "base64").toString("utf8");
}

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/;
const KEY = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/;
const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;

function checkPem(text: string, kind: "certificate" | "key", error: (problem: string) => Error): string {
  if (kind === "key" && ENCRYPTED_KEY.test(text)) {
    throw error("holds a key that is protected by a passphrase: remove it with openssl pkey");
  }
  if (!(kind === "key" ? KEY : CERTIFICATE).test(text)) {
    throw error(`holds no PEM ${kind === "key" ? "private key" : "certificate"}`);
  }
  return text;
}
