import type { ApiAccess, Credentials } from "./access.ts";
import { KubernetesError } from "./errors.ts";
import { readText } from "./files.ts";

/**
 * The headers that say who we are. Over plain `http` there are none: whoever listens would have the token.
 *
 * @throws {KubernetesError} kind `config` when a token file cannot be read or is empty
 */
export async function authorization(access: ApiAccess): Promise<Record<string, string>> {
  if (access.credentials === undefined || !access.server.startsWith("https:")) {
    return {};
  }
  return { Authorization: await headerValue(access.credentials, access.origin) };
}

async function headerValue(credentials: Credentials, origin: string): Promise<string> {
  switch (credentials.kind) {
    case "token":
      return `Bearer ${credentials.token}`;
    case "tokenFile":
      return `Bearer ${await readToken(credentials.path, origin)}`;
    case "basic":
      return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  }
}

async function readToken(path: string, origin: string): Promise<string> {
  const token = (await readText(path, `token of ${origin}`)).trim();
  if (!/^[\x21-\x7e]+$/.test(token)) {
    const problem = token === "" ? "is empty" : "holds more than a token";
    throw new KubernetesError("config", `token of ${origin}: the file ${path} ${problem}`, { path });
  }
  return token;
}
