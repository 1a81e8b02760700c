import { parseArgs } from "./args.ts";
import { CniCode, CniError } from "./errors.ts";
import { describeValue } from "./field.ts";
import { VERBS, type Verb } from "./versions.ts";

/** What the runtime says by environment variables. A variable the verb does not use reads as empty. */
export interface Environment {
  command: Verb;
  containerId: string;
  /** Path of the container's network namespace; may be empty for DEL. */
  netns: string;
  /** Name of the interface inside the container. */
  ifname: string;
  args: ReadonlyMap<string, string>;
  /** Directories with plugin executables. */
  path: readonly string[];
  /** The runtime knows that the namespace is the plugin's own, and wants it so. */
  netnsOverride: boolean;
}

type Variable = "CNI_CONTAINERID" | "CNI_NETNS" | "CNI_IFNAME";

interface Needs {
  required: readonly Variable[];
  optional: readonly Variable[];
}

const WHOLE_ATTACHMENT: Needs = { required: ["CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME"], optional: [] };
const NOTHING: Needs = { required: [], optional: [] };

/** Which variables each verb needs (SPEC.md, section 2). CNI_ARGS and CNI_PATH are optional for all. */
const NEEDS: Readonly<Record<Verb, Needs>> = {
  ADD: WHOLE_ATTACHMENT,
  CHECK: WHOLE_ATTACHMENT,
  DEL: { required: ["CNI_CONTAINERID", "CNI_IFNAME"], optional: ["CNI_NETNS"] },
  VERSION: NOTHING,
  STATUS: NOTHING,
  GC: NOTHING,
};

const CONTAINER_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** The kernel takes a name with `%` for a pattern that it completes. */
const NOT_IN_IFNAME = /[/:%\s]/;
/** Folders of /proc/sys/net/ipv4/conf that stand beside those of the interfaces. */
const KERNELS_OWN = ["all", "default"];
/** IFNAMSIZ of the kernel, less the terminating zero. */
const MAX_IFNAME_BYTES = 15;

/** @throws {CniError} code 4, naming each variable that is missing or what is wrong with one */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const command = readCommand(env.CNI_COMMAND);
  requireAll(command, env);
  const { required, optional } = NEEDS[command];
  const used = (name: Variable) =>
    required.includes(name) || optional.includes(name) ? (env[name] ?? "") : "";
  return {
    command,
    containerId: checkContainerId(used("CNI_CONTAINERID")),
    netns: used("CNI_NETNS"),
    ifname: checkIfname(used("CNI_IFNAME")),
    args: parseArgs(env.CNI_ARGS ?? ""),
    path: (env.CNI_PATH ?? "").split(":").filter((directory) => directory !== ""),
    netnsOverride: ["1", "true"].includes((env.CNI_NETNS_OVERRIDE ?? "").toLowerCase()),
  };
}

function readCommand(value: string | undefined): Verb {
  const command = VERBS.find((verb) => verb === value);
  if (command === undefined) {
    const found = value ? `${describeValue(value)} is unknown` : "is not set or empty";
    throw badEnvironment(`CNI_COMMAND ${found}: use one of ${VERBS.join(", ")}`);
  }
  return command;
}

function requireAll(command: Verb, env: Readonly<Record<string, string | undefined>>): void {
  const missing = NEEDS[command].required.filter((name) => (env[name] ?? "") === "");
  if (missing.length > 0) {
    throw badEnvironment(
      `CNI_COMMAND ${command} needs ${missing.join(", ")}, which the environment lacks or has empty: ` +
        "the runtime must set it",
    );
  }
}

function checkContainerId(id: string): string {
  if (id !== "" && !CONTAINER_ID.test(id)) {
    throw badEnvironment(
      `CNI_CONTAINERID ${describeValue(id)} is invalid: ` +
        "it must start with a letter or digit and go on with letters, digits, '_', '.' or '-'",
    );
  }
  return id;
}

function checkIfname(ifname: string): string {
  const fault = faultOfIfname(ifname);
  if (fault !== undefined) {
    throw badEnvironment(`CNI_IFNAME ${describeValue(ifname)} is invalid: ${fault}`);
  }
  return ifname;
}

function faultOfIfname(ifname: string): string | undefined {
  if (Buffer.byteLength(ifname) > MAX_IFNAME_BYTES) {
    return `an interface name has at most ${MAX_IFNAME_BYTES} bytes`;
  }
  if (ifname === "." || ifname === "..") {
    return "an interface name is neither '.' nor '..'";
  }
  if (KERNELS_OWN.includes(ifname)) {
    return "the kernel keeps this name for itself";
  }
  return NOT_IN_IFNAME.test(ifname) ? "an interface name has no '/', ':', '%' or white space" : undefined;
}

function badEnvironment(message: string): CniError {
  return new CniError(CniCode.badEnvironment, message);
}
