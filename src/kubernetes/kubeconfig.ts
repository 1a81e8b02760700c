import { dirname, resolve } from "node:path";
import type { ApiAccess, ApiTls, Credentials } from "./access.ts";
import { messageOf } from "./errors.ts";
import { readText } from "./files.ts";
import { Entry, problemIn } from "./kubeconfig-entry.ts";
import { readPem, resolvePath } from "./pem.ts";
import { parseServerUrl } from "./server-url.ts";

/**
 * Loads a kubeconfig file (YAML or JSON; "Organizing Cluster Access Using kubeconfig Files" of the Kubernetes
 * documentation): the cluster and the user of `current-context`, or of the only context there is.
 *
 * Where a file gives a thing twice, the choice is kubectl's: embedded data before files, a token file before a token.
 *
 * @throws {KubernetesError} kind `config`, naming the file, the entry and the key
 */
export async function loadKubeconfig(path: string): Promise<ApiAccess> {
  const file = resolve(path);
  const root = parse(file, await readText(file, "kubeconfig"));
  const { name, context } = selectContext(root);
  const cluster = find(root, "clusters", "cluster", context);
  const user = context.has("user") ? find(root, "users", "user", context) : undefined;
  const folder = dirname(file);
  const credentials = user && readCredentials(user, folder);
  const proxy = readProxy(cluster);
  return {
    server: readServer(cluster),
    origin: `kubeconfig ${file} (context "${name}")`,
    tls: { ...(await readServerTls(cluster, folder)), ...(user && (await readClientTls(user, folder))) },
    ...(credentials && { credentials }),
    ...(proxy !== undefined && { proxy }),
  };
}

function parse(file: string, text: string): Entry {
  let document: unknown;
  try {
    document = Bun.YAML.parse(text);
  } catch (error) {
    const problem = messageOf(error).replace(/^YAML Parse error: /, "");
    throw problemIn(file, "syntax", `it is neither YAML nor JSON (${problem}): yamllint tells where`);
  }
  if (document === null || document === undefined) {
    throw problemIn(file, "content", "the file is empty: copy a kubeconfig there");
  }
  if (Array.isArray(document)) {
    throw problemIn(file, "content", "must be one mapping, and is a list or several documents");
  }
  const root = Entry.of(file, "", document);
  const kind = root.text("kind") ?? "Config";
  if (kind !== "Config") {
    throw root.error("kind", `must be Config, and is ${kind}: this is no kubeconfig`);
  }
  const version = root.text("apiVersion") ?? "v1";
  if (version !== "v1") {
    throw root.error("apiVersion", `must be v1, and is ${version}`);
  }
  return root;
}

function selectContext(root: Entry): { name: string; context: Entry } {
  const contexts = root.list("contexts", "context");
  const names = [...contexts.keys()];
  const name = root.text("current-context") ?? (names.length === 1 ? names[0] : undefined);
  if (names.length === 0) {
    throw root.error("contexts", "there is none: add a context that names a cluster and a user");
  }
  if (name === undefined) {
    throw root.error(
      "current-context",
      `is missing, and there is more than one context: choose ${list(names)}`,
    );
  }
  const context = contexts.get(name);
  if (context === undefined) {
    throw root.error(
      "current-context",
      `names "${name}", which is not among the contexts: choose ${list(names)}`,
    );
  }
  return { name, context: context.entry("context", context.name) };
}

/** The cluster or user that the context names. */
function find(root: Entry, key: string, singular: "cluster" | "user", context: Entry): Entry {
  const name = context.requiredText(singular);
  const entries = root.list(key, singular);
  const entry = entries.get(name);
  if (entry === undefined) {
    const known = entries.size === 0 ? `there are no ${key}` : `known: ${list([...entries.keys()])}`;
    throw context.error(singular, `names "${name}", which is not among the ${key} (${known})`);
  }
  return entry.entry(singular, entry.name);
}

function readServer(cluster: Entry): string {
  const server = parseServerUrl(cluster.requiredText("server"));
  if ("problem" in server) {
    throw cluster.error("server", server.problem);
  }
  return server.url;
}

function readProxy(cluster: Entry): string | undefined {
  const text = cluster.text("proxy-url");
  if (text !== undefined && (!/^https?:\/\//.test(text) || !URL.canParse(text))) {
    throw cluster.error("proxy-url", "must be an http:// or https:// URL (SOCKS proxies are not supported)");
  }
  return text;
}

async function readServerTls(cluster: Entry, folder: string): Promise<ApiTls> {
  const ca = await readPem(cluster, "certificate-authority", "certificate", folder);
  const insecure = cluster.flag("insecure-skip-tls-verify");
  if (insecure && ca !== undefined) {
    throw cluster.error(
      "insecure-skip-tls-verify",
      "is true beside a certificate authority, which would then not be used: remove one of them",
    );
  }
  const serverName = cluster.text("tls-server-name");
  return {
    ...(ca !== undefined && { ca }),
    ...(serverName !== undefined && { serverName }),
    ...(insecure && { rejectUnauthorized: false }),
  };
}

async function readClientTls(user: Entry, folder: string): Promise<ApiTls> {
  const cert = await readPem(user, "client-certificate", "certificate", folder);
  const key = await readPem(user, "client-key", "key", folder);
  if (cert === undefined && key === undefined) {
    return {};
  }
  if (cert === undefined) {
    throw user.error("client-certificate", "is missing, and there is a client-key: give both");
  }
  if (key === undefined) {
    throw user.error("client-key", "is missing, and there is a client-certificate: give both");
  }
  return { cert, key };
}

const ALTERNATIVES =
  "use token, tokenFile, or client-certificate with client-key (a service account's token will do)";

function readCredentials(user: Entry, folder: string): Credentials | undefined {
  for (const key of ["exec", "auth-provider"]) {
    if (user.has(key)) {
      throw user.error(key, `is not supported, for skynet runs no credential programs: ${ALTERNATIVES}`);
    }
  }
  for (const key of ["as", "as-uid", "as-groups", "as-user-extra"]) {
    if (user.has(key)) {
      throw user.error(key, "is not supported (impersonation): give the credentials of the user itself");
    }
  }
  const token = readToken(user, folder);
  const username = user.text("username");
  const password = user.text("password");
  if (username === undefined && password === undefined) {
    return token;
  }
  if (token !== undefined) {
    throw user.error("username", "stands beside a token: remove one of them");
  }
  if (username === undefined || password === undefined) {
    throw user.error(
      username === undefined ? "username" : "password",
      "is missing: give both username and password",
    );
  }
  return { kind: "basic", username, password };
}

function readToken(user: Entry, folder: string): Credentials | undefined {
  const tokenFile = user.text("tokenFile");
  if (tokenFile !== undefined) {
    return { kind: "tokenFile", path: resolvePath(tokenFile, folder) };
  }
  const token = user.text("token");
  if (token === undefined) {
    return undefined;
  }
  if (/[^\x21-\x7e]/.test(token.trim())) {
    throw user.error("token", "holds spaces or characters that no token has: copy it again");
  }
  return { kind: "token", token: token.trim() };
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
