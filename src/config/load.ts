/**
 * Reads the configuration of a CNI network: what arrives on the plugin's standard input, or one entry of a
 * file in /etc/cni/net.d. All that is wrong is said at once.
 */
import * as v from "valibot";
import { applyAliases } from "./aliases.ts";
import { crossProblems, crossWarnings } from "./checks.ts";
import { type Environment, resolveCredentials } from "./credentials.ts";
import { kernelHostname } from "./hostname.ts";
import { misspellings } from "./misspellings.ts";
import { hostnameSchema } from "./node.ts";
import { deletePath, getPath, isObject, type JsonObject, withoutEmpty } from "./object.ts";
import { invalidConfig, problemOf } from "./problems.ts";
import { ConfigSchema, type FileConfig, sections } from "./schema.ts";
import { splitList } from "./values.ts";

/** What a .conflist is to the plugin; runtimes take it apart. */
const WHOLE_LIST =
  'there is no section plugin but a list "plugins": a runtime hands over one entry of it, with name and cniVersion ' +
  "from the top";

/** The whole configuration, with every default filled in; keys as in the file. */
export interface Config extends Omit<FileConfig, "hostname" | "neutron"> {
  hostname: string;
  neutron: FileConfig["neutron"] & { wait_active: boolean };
}

export interface LoadedConfig {
  config: Config;
  /** Old spellings, likely misspellings, keys without effect: worth a line in the log. */
  warnings: string[];
}

/**
 * Validates and completes a configuration. Unknown keys are ignored, as the CNI specification has it, and so
 * are empty strings. `raw` is not changed.
 *
 * @param env where `OS_CLOUD` or `OS_AUTH_URL` may stand in for credentials in the file
 * @throws {CniError} code 7, listing each bad key with its value (no secrets) and what is allowed
 */
export function loadConfig(raw: JsonObject, env: Environment = process.env): LoadedConfig {
  const given = withoutEmpty(raw);
  const warnings = [...applyAliases(given), ...misspellings(given)];
  if (given.plugin === undefined && Array.isArray(given.plugins)) throw invalidConfig([WHOLE_LIST]);
  const listProblems = dropLists(given);
  const parsed = v.safeParse(ConfigSchema, withRequiredKeys(given), { abortPipeEarly: true });
  const problems = [...listProblems, ...(parsed.issues ?? []).map(problemOf)];
  if (!parsed.typed) throw invalidConfig(problems);

  const file: FileConfig = parsed.output;
  const credentials = resolveCredentials(file.openstack, file.neutron.neutron_url, env);
  problems.push(...crossProblems(file), ...credentials.problems);
  const hostname = file.hostname ?? kernelHostname();
  if (file.hostname === undefined && !v.is(hostnameSchema, hostname)) {
    problems.push(`hostname is missing, and this host's own name "${hostname}" cannot serve: set it`);
  }
  if (problems.length > 0) throw invalidConfig(problems);

  const neutron = { ...file.neutron, wait_active: file.neutron.wait_active ?? waitsByDefault(file) };
  return {
    config: { ...file, hostname, neutron, openstack: credentials.openstack },
    warnings: [...warnings, ...credentials.warnings, ...crossWarnings(file)],
  };
}

/** `neutron.default_security_group_ids` as a list; empty means all security groups of the project. */
export function securityGroupIds(config: Pick<Config, "neutron">): string[] {
  return splitList(config.neutron.default_security_group_ids);
}

/** Only an agent on the node can report a port ACTIVE, and none does for macvlan. */
function waitsByDefault({ plugin }: FileConfig): boolean {
  return plugin.neutron_agent === "required" && plugin.plugin_type !== "macvlan";
}

/** Takes out lists where an object belongs: to valibot an array is an object too. */
function dropLists(config: JsonObject): string[] {
  return [...Object.keys(sections), "plugin.physical_networks"].flatMap((path) => {
    if (!Array.isArray(getPath(config, path))) return [];
    deletePath(config, path);
    return [`${path} is a list: it must be an object`];
  });
}

/** Names the required keys even where they are absent, so that it is their own message that says so. */
function withRequiredKeys(config: JsonObject): JsonObject {
  const plugin = config.plugin ?? {};
  return {
    name: undefined,
    ...config,
    plugin: isObject(plugin) ? { plugin_type: undefined, ...plugin } : plugin,
  };
}
