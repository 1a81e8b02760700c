import type { ApiAccess, ApiTls } from "./access.ts";
import { messageOf } from "./errors.ts";

/**
 * Finds out why certificates or key cannot be used, which `fetch` does not say. Loads node:crypto, so call it only
 * after a failure.
 *
 * @returns what is wrong, or undefined when the TLS settings are good
 */
export async function diagnoseTls({ tls = {}, origin }: ApiAccess): Promise<string | undefined> {
  const problem = await findProblem(tls);
  return problem && `${problem} in ${origin}: replace it`;
}

async function findProblem(tls: ApiTls): Promise<string | undefined> {
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const attempt = <T>(what: string, make: () => T): T | string => {
    try {
      return make();
    } catch (error) {
      return `${what} is broken (${messageOf(error)})`;
    }
  };
  const { ca, cert, key } = tls;
  const authority =
    ca === undefined ? undefined : attempt("certificate-authority", () => new X509Certificate(ca));
  if (typeof authority === "string") {
    return authority;
  }
  if (cert === undefined || key === undefined) {
    return undefined;
  }
  const certificate = attempt("client-certificate", () => new X509Certificate(cert));
  const privateKey = attempt("client-key", () => createPrivateKey(key));
  if (typeof certificate === "string" || typeof privateKey === "string") {
    return typeof certificate === "string" ? certificate : String(privateKey);
  }
  return certificate.checkPrivateKey(privateKey)
    ? undefined
    : "client-key does not belong to client-certificate";
}
