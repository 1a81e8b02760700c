/** `skynet config FILE`: whether a file in /etc/cni/net.d is right, and what it comes to. */
import { CniError } from "../cni/errors.ts";
import { type CniVersion, readVersion } from "../cni/versions.ts";
import { type Config, loadConfig } from "../config/load.ts";
import type { JsonObject } from "../config/object.ts";
import { SECRET_KEYS } from "../config/problems.ts";
import { readNetworkFile } from "./network-file.ts";
import { printJson, type Terminal } from "./terminal.ts";

interface Report {
  problems: string[];
  warnings: string[];
  effective?: { config: Config; version: CniVersion };
}

/** @returns the exit code: 1 when the file cannot serve */
export function config(terminal: Terminal, path: string, options: { json?: boolean }): number {
  const { problems, warnings, effective } = examine(readNetworkFile(path).config);
  for (const warning of warnings) terminal.err(`${path}: warning: ${warning}\n`);
  for (const problem of problems) terminal.err(`${path}: ${problem}\n`);
  if (effective === undefined) {
    terminal.err(
      `${path} is not valid: ${problems.length} ${problems.length === 1 ? "problem" : "problems"}\n`,
    );
    return 1;
  }
  if (options.json)
    printJson(terminal, withoutSecrets({ ...effective.config, cniVersion: effective.version }));
  else terminal.out(`${path} is valid: ${describe(effective.config, effective.version)}\n`);
  return 0;
}

/** Everything that is wrong at once: the version, which the contract reads, and the rest. */
function examine(raw: JsonObject): Report {
  const version = attempt(() => readVersion(raw.cniVersion));
  const loaded = attempt(() => loadConfig(raw));
  const problems = [...version.problems, ...loaded.problems];
  const warnings = loaded.value?.warnings ?? [];
  if (version.value === undefined || loaded.value === undefined) return { problems, warnings };
  return { problems, warnings, effective: { config: loaded.value.config, version: version.value } };
}

function attempt<T>(read: () => T): { value?: T; problems: string[] } {
  try {
    return { value: read(), problems: [] };
  } catch (error) {
    if (!(error instanceof CniError)) throw error;
    return { problems: (error.details ?? error.message).split("\n") };
  }
}

function describe({ name, plugin, neutron, openstack }: Config, version: CniVersion): string {
  const cloud = neutron.neutron_url ?? openstack.auth_url ?? openstack.cloud ?? "the cloud of OS_* variables";
  return `network "${name}", CNI ${version}, ${plugin.plugin_type}, OpenStack at ${cloud}`;
}

function withoutSecrets(value: object): unknown {
  return JSON.parse(JSON.stringify(value, (key, inner) => (SECRET_KEYS.has(key) ? "(hidden)" : inner)));
}
