import { AUTH_KEYS, type ConnectionValues, type TextKey } from "./connection-values.ts";
import type { Environment } from "./environment.ts";
import { configError } from "./errors.ts";
import type { ReadTextFile } from "./tls.ts";

export interface CloudChoice {
  readonly cloud: string;
  /** Who names the cloud, for messages: `openstack.cloud` or `OS_CLOUD`. */
  readonly namedBy: string;
  /** The file to read; searched for when absent. */
  readonly file?: string;
}

/** A cloud's values, and where they come from, for messages. */
export interface CloudValues {
  readonly values: ConnectionValues;
  readonly origin: string;
}

interface CloudsFile {
  readonly path: string;
  readonly clouds: Readonly<Record<string, unknown>>;
}

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Reads one cloud of clouds.yaml, with secure.yaml of the same folder merged over it.
 * Format and search order: openstacksdk, "Configuring OpenStack SDK applications".
 * @throws OpenStackError of kind `config` that names file, cloud and key
 */
export async function loadCloud(
  choice: CloudChoice,
  env: Environment,
  readFile: ReadTextFile,
): Promise<CloudValues> {
  const file = await findCloudsFile(choice, env, readFile);
  const entry = file.clouds[choice.cloud];
  const origin = `cloud "${choice.cloud}" of ${file.path}`;
  if (!isMapping(entry)) {
    const known = Object.keys(file.clouds).join(", ") || "no clouds at all";
    throw configError(
      `there is no cloud "${choice.cloud}" in ${file.path}, which has ${known}`,
      `correct ${choice.namedBy}`,
    );
  }
  const secret = await secureEntry(choice.cloud, file.path, env, readFile);
  return { values: cloudValues(mergeMappings(entry, secret), origin), origin };
}

/** Where a file of clouds is looked for, first match first. */
export function cloudsFilePaths(env: Environment): string[] {
  const folders = [".", ...(env.HOME ? [`${env.HOME}/.config/openstack`] : []), "/etc/openstack"];
  const named = env.OS_CLIENT_CONFIG_FILE ? [env.OS_CLIENT_CONFIG_FILE] : [];
  return [...named, ...folders.flatMap((folder) => [`${folder}/clouds.yaml`, `${folder}/clouds.yml`])];
}

async function findCloudsFile(
  choice: CloudChoice,
  env: Environment,
  readFile: ReadTextFile,
): Promise<CloudsFile> {
  const paths = choice.file === undefined ? cloudsFilePaths(env) : [choice.file];
  for (const path of paths) {
    const clouds = await readClouds(path, readFile);
    if (clouds !== undefined) return { path, clouds };
  }
  const wanted = `${choice.namedBy} is "${choice.cloud}", but`;
  throw choice.file === undefined
    ? configError(
        `${wanted} there is none of ${paths.join(", ")}`,
        "create one, or set openstack.clouds_file",
      )
    : configError(`${wanted} there is no file ${choice.file}`, "create it, or correct openstack.clouds_file");
}

async function secureEntry(
  cloud: string,
  cloudsPath: string,
  env: Environment,
  readFile: ReadTextFile,
): Promise<Mapping> {
  const beside = cloudsPath.replace(/[^/]*$/, "");
  const paths = env.OS_CLIENT_SECURE_FILE
    ? [env.OS_CLIENT_SECURE_FILE]
    : [`${beside}secure.yaml`, `${beside}secure.yml`];
  for (const path of paths) {
    const entry = (await readClouds(path, readFile))?.[cloud];
    if (isMapping(entry)) return entry;
  }
  return {};
}

/** The `clouds` of a file; undefined when there is no such file. */
async function readClouds(path: string, readFile: ReadTextFile): Promise<Mapping | undefined> {
  let text: string;
  try {
    text = await readFile(path);
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw configError(`cannot read ${path} (${message})`, "correct the path or the file's permissions", {
      cause: error,
    });
  }
  const document = parseYaml(path, text);
  if (document === null) return {};
  const clouds = isMapping(document) ? (document.clouds ?? {}) : undefined;
  if (!isMapping(clouds))
    throw configError(`${path} has no mapping "clouds"`, 'begin it with "clouds:", and put the clouds below');
  return clouds;
}

function parseYaml(path: string, text: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch (cause) {
    const problem = (cause as Error).message.replace(/^YAML Parse error: /, "");
    throw configError(`${path} is not valid YAML (${problem})`, "correct the file; yamllint tells where", {
      cause,
    });
  }
}

/** `stronger` over `weaker`, mappings merged, as openstacksdk merges secure.yaml. */
function mergeMappings(weaker: Mapping, stronger: Mapping): Mapping {
  const merged: Record<string, unknown> = { ...weaker };
  for (const [key, value] of Object.entries(stronger)) {
    const below = merged[key];
    merged[key] = isMapping(below) && isMapping(value) ? mergeMappings(below, value) : value;
  }
  return merged;
}

/** Top-level keys and the key they stand for; the first one that is given counts. */
const TOP_LEVEL: readonly (readonly [TextKey, readonly string[]])[] = [
  ["auth_type", ["auth_type"]],
  ["region_name", ["region_name"]],
  ["interface", ["interface", "endpoint_type"]],
  ["cacert", ["cacert"]],
  ["cert", ["cert"]],
  ["key", ["key"]],
  ["endpoint", ["network_endpoint_override", "endpoint_override"]],
];

function cloudValues(entry: Mapping, origin: string): ConnectionValues {
  if (entry.auth !== undefined && !isMapping(entry.auth)) {
    throw configError(
      `${origin}: "auth" is no mapping`,
      "put auth_url, username, password and so on below it",
    );
  }
  const auth = entry.auth ?? {};
  const values: Record<string, string | boolean> = {};
  for (const key of AUTH_KEYS) {
    // Old files have the keys of auth at the top level, too.
    const value = textAt(auth, key, origin, "auth.") ?? textAt(entry, key, origin);
    if (value !== undefined) values[key] = value;
  }
  for (const [key, names] of TOP_LEVEL) {
    const value = names.map((name) => textAt(entry, name, origin)).find((text) => text !== undefined);
    if (value !== undefined) values[key] = value;
  }
  // The "none" plugin of keystoneauth has its endpoint under auth.
  values.endpoint ??= textAt(auth, "endpoint", origin, "auth.") ?? "";
  if (typeof entry.verify === "boolean") values.verify = entry.verify;
  else if (entry.verify !== undefined)
    throw configError(`${origin}: "verify" is no boolean`, "write true or false, without quotes");
  return values;
}

/** A text of the file; numbers, which YAML makes of unquoted digits, are taken as written. */
function textAt(mapping: Mapping, key: string, origin: string, prefix = ""): string | undefined {
  const value = mapping[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw configError(`${origin}: "${prefix}${key}" is no text`, "put the value in quotes");
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
