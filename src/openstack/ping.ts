import { normalizeEndpoint } from "./catalog.ts";
import { HttpClient } from "./http.ts";
import type { OpenStackSettings } from "./settings.ts";

/**
 * Asks for the version document, which every service gives to everybody and without touching its database: Neutron's
 * where its URL is configured, else Keystone's.
 * @throws OpenStackError when there is no answer, or none of a living service
 */
export async function ping(settings: OpenStackSettings, signal: AbortSignal): Promise<void> {
  const { auth, endpoint, tls, requestTimeoutMs } = settings;
  const keystone = auth.type === "none" || endpoint !== undefined ? undefined : auth.authUrl;
  const url = keystone ?? `${normalizeEndpoint(endpoint ?? "")}/`;
  const service = keystone === undefined ? "neutron" : "keystone";
  const http = new HttpClient({ tls, requestTimeoutMs });
  try {
    await http.send({ service, method: "GET", url, safety: "safe", signal });
  } finally {
    http.close();
  }
}
