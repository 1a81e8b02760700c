/** What runs in the guest: the command, its folder, and what it knows of the environment of whoever started it. */

const passed = new Set([
  "CI",
  "FORCE_COLOR",
  "HOME",
  "LANG",
  "LC_ALL",
  "NEUTRON_URL",
  "NO_COLOR",
  "PATH",
  "TERM",
  "TZ",
]);

/** They name a lab of this machine, which the guest does not see. */
const withheld = new Set(["SKYNET_LAB", "SKYNET_LAB_DIR"]);

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that tests look at. */
export function guestEnvironment(environment: Environment): Record<string, string> {
  const own = ([name, value]: [string, string | undefined]) =>
    value !== undefined && !withheld.has(name) && (passed.has(name) || name.startsWith("SKYNET_"));
  return Object.fromEntries(Object.entries(environment).filter(own)) as Record<string, string>;
}

/**
 * A shell script that runs `argv` in the folder `cwd` and exits as it does.
 * The shell stays: the first process of a process namespace has to reap what others leave.
 */
export function commandScript(argv: readonly string[], cwd: string, environment: Environment): string {
  const exports = Object.entries(guestEnvironment(environment)).map(
    ([name, value]) => `export ${name}=${quoted(value)}`,
  );
  return [`cd ${quoted(cwd)} || exit 125`, ...exports, argv.map(quoted).join(" "), "exit $?", ""].join("\n");
}

/** A word that the shell takes as it is. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
