import type { TlsSettings } from "./tls.ts";

/**
 * Finds out why the files of TLS settings cannot be used, which `fetch` does not say. Loads node:crypto, so it is for
 * after a failure.
 * @returns what is wrong, or undefined when the files are good
 */
export async function diagnoseTls({ ca, cert, key }: TlsSettings): Promise<string | undefined> {
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const broken = (name: string, read: () => unknown): string | undefined => {
    try {
      read();
      return undefined;
    } catch (error) {
      return `the file of ${name} is damaged (${error instanceof Error ? error.message : error})`;
    }
  };
  const problem =
    (ca && broken("cacert", () => new X509Certificate(ca))) ??
    (cert && broken("cert", () => new X509Certificate(cert))) ??
    (key && broken("key", () => createPrivateKey(key)));
  if (problem || cert === undefined || key === undefined) return problem || undefined;
  const isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  return isPair ? undefined : "the key is not that of the client certificate";
}
