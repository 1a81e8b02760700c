/** The files in /etc/cni/net.d, as far as they are about skynet. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { jsonErrorPosition } from "../cni/json-position.ts";
import { isObject, type JsonObject } from "../config/object.ts";
import { CliError, fileProblem } from "./errors.ts";

export const NETWORK_DIR = "/etc/cni/net.d";

/** The value of `type` that makes an entry ours: the name of the executable. */
const PLUGIN_TYPE = "skynet";

/** What libcni loads (`ConfFiles` with these endings); everything else in the folder is ignored by runtimes. */
const EXTENSIONS = [".conf", ".conflist", ".json"];

/** The configuration of one skynet network, as a runtime would hand it to the plugin. */
export interface NetworkFile {
  path: string;
  config: JsonObject;
}

/**
 * Reads a `.conf` or `.conflist` file and picks the entry for skynet. To an entry of a list the list's name and
 * version are added, as runtimes do.
 *
 * @throws {CliError} when the file cannot be read, is not JSON, or has no such entry, or more than one
 */
export function readNetworkFile(path: string): NetworkFile {
  const file = parseFile(path);
  const { plugins } = file;
  if (plugins === undefined) {
    if (file.type === PLUGIN_TYPE) return { path, config: file };
    throw new CliError(`${path} has no network of type "${PLUGIN_TYPE}": its type is ${shown(file.type)}`);
  }
  requireListName(path);
  if (!Array.isArray(plugins)) throw new CliError(`${path}: plugins is ${shown(plugins)}: it must be a list`);
  const ours = plugins.filter(isObject).filter(({ type }) => type === PLUGIN_TYPE);
  const [entry, second] = ours;
  if (entry === undefined) throw new CliError(`${path} lists no plugin of type "${PLUGIN_TYPE}"`);
  if (second !== undefined) {
    throw new CliError(
      `${path} lists ${ours.length} plugins of type "${PLUGIN_TYPE}": keep one, because a network gives a container's interface one port`,
    );
  }
  return { path, config: { ...entry, name: file.name, cniVersion: file.cniVersion } };
}

/**
 * The first file in `dir`, in the order of runtimes (by name), that has a network of skynet.
 *
 * @throws {CliError} when there is none, naming what was looked at
 */
export function findNetworkFile(dir: string = NETWORK_DIR): NetworkFile {
  const looked: string[] = [];
  for (const name of candidates(dir)) {
    const path = join(dir, name);
    try {
      return readNetworkFile(path);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      looked.push(error.message);
    }
  }
  const found = looked.length === 0 ? `${dir} has no .conf, .conflist or .json file` : looked.join("; ");
  throw new CliError(`no configuration of skynet was found: ${found}; name the file with --config`);
}

function candidates(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => EXTENSIONS.includes(extname(name)))
      .sort();
  } catch (error) {
    throw new CliError(
      `no configuration of skynet was found: ${fileProblem(dir, error)}; name the file with --config`,
    );
  }
}

function parseFile(path: string): JsonObject {
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const position = text.trim() === "" ? ": it is empty" : ` at ${jsonErrorPosition(text) ?? "its end"}`;
    throw new CliError(`${path} is not JSON${position}`);
  }
  if (isObject(value)) return value;
  throw new CliError(`${path} must hold a JSON object, and holds ${shown(value)}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CliError(fileProblem(path, error));
  }
}

/** Runtimes tell a list by the name of its file, and refuse one that is called otherwise. */
function requireListName(path: string): void {
  if (!EXTENSIONS.includes(extname(path)) || extname(path) === ".conflist") return;
  throw new CliError(
    `${path} is a list of plugins, and runtimes read lists only from files that end in .conflist: rename it`,
  );
}

function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : JSON.stringify(value);
}
