/**
 * What the lab needs from Debian, by named sets, and how it gets there.
 *
 * Installing never starts a service: everything the lab runs, it runs itself, inside its own network namespaces.
 */

export const packageSets = {
  base: [
    "ebtables",
    "ethtool",
    "iproute2",
    "ipset",
    "iptables",
    "iputils-ping",
    "kmod",
    "procps",
    "tcpdump",
    "util-linux",
  ],
  neutron: [
    "mariadb-server",
    "neutron-linuxbridge-agent",
    "neutron-server",
    "python3-pymysql",
    "rabbitmq-server",
  ],
  keystone: ["keystone", "uwsgi-core", "uwsgi-plugin-python3"],
  openvswitch: ["neutron-openvswitch-agent", "openvswitch-switch"],
  ovn: ["openvswitch-switch", "ovn-central", "ovn-host"],
  "second-kernel": ["busybox-static", "user-mode-linux"],
  containerd: ["busybox-static", "containerd", "containernetworking-plugins", "runc"],
  bench: ["containernetworking-plugins"],
} as const satisfies Record<string, readonly string[]>;

/** What the tests, the demos and the benchmark need together. */
export const testedSets = [
  "base",
  "neutron",
  "keystone",
  "openvswitch",
  "ovn",
  "second-kernel",
  "containerd",
  "bench",
] as const;

export type PackageSet = keyof typeof packageSets;

export interface InstallOptions {
  /** Where a line of progress goes; default: standard error. */
  readonly progress?: (line: string) => void;
}

/** Why packages could not be installed, in words a person can act on. */
export class PackagesError extends Error {
  override readonly name = "PackagesError";
}

/** Whether `name` is a set known to {@link installPackages}. */
export function isPackageSet(name: string): name is PackageSet {
  return Object.hasOwn(packageSets, name);
}

/** Names of the packages of these sets that are not installed, sorted. */
export function missingPackages(sets: readonly PackageSet[]): string[] {
  const wanted = [...new Set(sets.flatMap((set) => [...packageSets[set]]))].sort();
  if (wanted.length === 0) return [];
  requireDebian();
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const query = Bun.spawnSync(["dpkg-query", "-W", "-f", "${Package} ${Status}\n", ...wanted]);
  const installed = query.stdout
    .toString()
    .split("\n")
    .filter((line) => line.endsWith(" install ok installed"))
    .map((line) => line.slice(0, line.indexOf(" ")));
  return wanted.filter((name) => !installed.includes(name));
}

/**
 * Installs what is missing of the named sets, and nothing else.
 *
 * @throws PackagesError when this is not Debian, when packages are missing and the caller is not root, or when apt fails.
 */
export async function installPackages(
  sets: readonly PackageSet[],
  options: InstallOptions = {},
): Promise<void> {
  const progress = options.progress ?? ((line) => console.error(line));
  const missing = missingPackages(sets);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) {
    throw new PackagesError(`missing packages and not root; run: sudo apt-get install ${missing.join(" ")}`);
  }
  progress(`packages: installing ${missing.join(" ")}`);
  if (!available(missing)) await apt(["update"], progress);
  await apt(["install", "--yes", "--no-install-recommends", ...missing], progress);
  const still = missingPackages(sets);
  if (still.length > 0)
    throw new PackagesError(`apt-get succeeded, yet these are not installed: ${still.join(" ")}`);
}

function requireDebian(): void {
  if (!Bun.which("dpkg-query") || !Bun.which("apt-get")) {
    throw new PackagesError(
      "the lab needs Debian or a distribution made from it: no dpkg-query or apt-get in PATH",
    );
  }
}

/** Whether apt's lists know every one of these, so that no update is needed. */
function available(packages: readonly string[]): boolean {
  return Bun.spawnSync(["apt-get", "install", "--simulate", "-qq", "--no-install-recommends", ...packages])
    .success;
}

/**
 * Runs apt-get with every service start forbidden. The policy file is put back by the shell's trap,
 * so also when this process is killed; one lock keeps two installations from restoring each other's policy.
 * The progress has a descriptor of its own: apt would close it to the packages' scripts, and they need their output.
 */
const guarded = `
policy=/usr/sbin/policy-rc.d
if [ -e "$policy" ]; then saved=$(mktemp); cp -p "$policy" "$saved"; fi
restore() { if [ -n "\${saved-}" ]; then mv -f "$saved" "$policy"; else rm -f "$policy"; fi; }
trap restore EXIT
trap 'exit 130' INT TERM
printf '#!/bin/sh\\nexit 101\\n' >"$policy"
chmod 755 "$policy"
apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -o APT::Status-Fd=3 "$@" 3>&1 1>&2
`;

async function apt(args: readonly string[], progress: (line: string) => void): Promise<void> {
  const lock = ["flock", "--timeout", "900", "/run/lock/skynet-packages.lock"];
  const child = Bun.spawn([...lock, "sh", "-euc", guarded, "apt-get", ...args], {
    env: { ...Bun.env, DEBIAN_FRONTEND: "noninteractive" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [, complaints, status] = await Promise.all([
    reportTenths(child.stdout, args[0] ?? "", progress),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (status !== 0)
    throw new PackagesError(`apt-get ${args[0]} failed (exit ${status}):\n${lastLines(complaints)}`);
}

/** The end of a long output, where its errors are. */
function lastLines(output: string, count = 40): string {
  return output.trimEnd().split("\n").slice(-count).join("\n");
}

/** Turns apt's status lines (`dlstatus:n:percent:text`, `pmstatus:package:percent:text`) into a line every tenth. */
async function reportTenths(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
  action: string,
  progress: (line: string) => void,
): Promise<void> {
  let last = "";
  for await (const chunk of output.pipeThrough(new TextDecoderStream())) {
    for (const match of chunk.matchAll(/^(dl|pm)status:[^:]*:(\d+)/gm)) {
      const tenth = Math.floor(Number(match[2]) / 10) * 10;
      const line = `packages: ${action}: ${match[1] === "dl" ? "downloaded" : "unpacked and set up"} ${tenth}%`;
      if (line !== last) progress(line);
      last = line;
    }
  }
}
