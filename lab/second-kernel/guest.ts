/**
 * A guest: User Mode Linux on this machine's own root, for what this machine's kernel lacks (VLAN devices, Open
 * vSwitch's datapath). It sees the machine's files under a layer in memory, and only the checkout writable;
 * `/tmp` and `/run` are fresh. It lives in namespaces of its own, so that nothing of it is left however it ends.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "../packages.ts";
import { commandScript } from "./command.ts";
import { kernelCommand, modulesFolder } from "./kernel.ts";

export interface GuestOptions {
  /** The project's root folder. */
  readonly checkout: string;
  /** As the kernel reads it: `4G`, `512M`. */
  readonly memory: string;
  /** Seconds until the guest is ended. */
  readonly timeout: number;
  /** Ends the guest. */
  readonly signal: AbortSignal;
}

/** The guest could not be started, or did not end by itself. */
export class GuestError extends Error {
  override readonly name: string = "GuestError";
}

/** The guest was ended because its time was over. */
export class GuestTimeoutError extends GuestError {
  override readonly name = "GuestTimeoutError";
}

/**
 * Boots a guest, runs `argv` in it in the current folder, and passes its output on.
 *
 * @returns the command's exit status; 125 when the guest ended before the command did: its kernel's last words are then
 * on standard error
 * @throws GuestTimeoutError when the time is over, GuestError when `signal` is aborted: then the guest is gone
 */
export async function runInGuest(argv: readonly string[], options: GuestOptions): Promise<number> {
  if (process.getuid?.() !== 0)
    throw new GuestError("the second kernel needs root: it gets namespaces of its own");
  await installPackages(["base", "second-kernel"]);
  const kernel = kernelCommand({ ...options, modules: modulesFolder() });
  const script = commandScript(argv, process.cwd(), Bun.env);
  const deadline = AbortSignal.timeout(options.timeout * 1000);
  const guest = Bun.spawn([...enclosed, ...onOneProcessor(), "sh", machine, script, ...kernel], {
    stdio: ["ignore", "pipe", "pipe"],
    // Ctrl-C is for this process, which then ends the guest.
    detached: true,
    signal: AbortSignal.any([deadline, options.signal]),
    killSignal: "SIGKILL",
  });
  const [status] = await Promise.all([
    guest.exited,
    guest.stdout.pipeTo(writable(process.stdout)),
    guest.stderr.pipeTo(writable(process.stderr)),
  ]);
  if (options.signal.aborted) throw new GuestError("interrupted");
  if (deadline.aborted)
    throw new GuestTimeoutError(`not done after ${options.timeout} s: give more with --timeout`);
  return status;
}

const machine = join(import.meta.dir, "machine.sh");

/** When this process ends, also by SIGKILL, so does `unshare`, and with it everything in the namespaces. */
const enclosed = [
  "setpriv",
  "--pdeathsig=KILL",
  "--",
  "unshare",
  "--mount",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
];

/** Takes the first processor that no other guest has, for as long as the command and its children live; else the last. */
const pin = `
for processor in $1; do
  exec 9>"/run/lock/skynet-guest-$processor.lock"
  if flock --nonblock 9; then break; fi
done
shift
exec taskset --cpu-list "$processor" "$@"
`;

/**
 * The guest has one processor, and at every system call its kernel and its process take turns. On one processor of the
 * machine that is two and a half times as fast as from one to another.
 */
function onOneProcessor(): string[] {
  const allowed = processors(
    /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0",
  );
  return ["sh", "-euc", pin, "pin", allowed.join(" ")];
}

/** The numbers in a list as the kernel writes it: `0-2,5`. */
export function processors(list: string): number[] {
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function writable(stream: NodeJS.WriteStream): WritableStream<Uint8Array> {
  return new WritableStream({
    write: (chunk) => new Promise((resolve) => stream.write(chunk, () => resolve())),
  });
}
