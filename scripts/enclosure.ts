/**
 * Encloses a suite: its own processes, its own names of network namespaces, its own `/tmp`. When its first process
 * ends, however it ends, the kernel ends all others and drops every namespace and mount; a folder is all that is left.
 * The first process ends with whoever started it. So a suite that crashed, or was interrupted, is no trouble to the
 * next, and suites do not meet each other.
 */
import { mkdirSync, rmSync } from "node:fs";

/**
 * `/tmp` becomes the suite's folder. A checkout that is itself below `/tmp` stays where it was. The shell is not
 * replaced by the command: the first process of its own pid namespace must reap orphans.
 */
const script = `
tmp=$1 root=$2
shift 2
mkdir -p /run/netns
mount -t tmpfs tmpfs /run/netns
case $root in /tmp/*) mkdir -p "$tmp\${root#/tmp}"; mount --bind "$root" "$tmp\${root#/tmp}" ;; esac
mount --rbind "$tmp" /tmp
cd "$root"
"$@"
exit $?
`;

export interface Enclosure {
  /** Command line that runs the suite's. Kill its process and everything in the enclosure ends. */
  readonly argv: string[];
  readonly env: Record<string, string>;
  /** Removes what the suite has left in its `/tmp`. Call it when the process has ended. */
  remove(): void;
}

/**
 * @param argv what to run, in the folder `root`
 * @param tmp the folder that becomes `/tmp`: made anew, without what an earlier run has left there
 * @param root the checkout
 */
export function enclose(argv: readonly string[], tmp: string, root: string): Enclosure {
  const remove = () => rmSync(tmp, { recursive: true, force: true });
  remove();
  mkdirSync(tmp, { recursive: true, mode: 0o777 });
  const endWithParent = ["setpriv", "--pdeathsig=KILL", "--"];
  const unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  return {
    argv: [...endWithParent, ...unshare, "sh", "-euc", script, "suite", tmp, root, ...argv],
    env: { TMPDIR: "/tmp" },
    remove,
  };
}
