/** User Mode Linux as Debian packages it: a kernel that is a program. */
import { existsSync } from "node:fs";

const program = "/usr/bin/linux.uml";

/** Where the machine keeps, for this guest alone, what the guest's kernel writes; see `machine.sh`. */
const job = "/dev/shm";

/** The kernel, or something it needs, is missing or cannot be used. */
export class KernelError extends Error {
  override readonly name = "KernelError";
}

/** Folder of the installed kernel's modules. */
export function modulesFolder(): string {
  if (!existsSync(program)) throw new KernelError(`no ${program}: install the package user-mode-linux`);
  const version = Bun.spawnSync([program, "--version"], { timeout: 10_000 }).stdout.toString().trim();
  const folder = `/usr/lib/uml/modules/${version}`;
  if (version === "" || !existsSync(folder)) {
    throw new KernelError(`${program} says it is version "${version}", and there is no folder ${folder}`);
  }
  return folder;
}

export interface Boot {
  /** The project's root folder, shared writable. */
  readonly checkout: string;
  /** Folder of the kernel's modules. */
  readonly modules: string;
  /** As the kernel reads it: `4G`, `512M`. */
  readonly memory: string;
}

/**
 * The kernel's command line. Words it does not know become its first process's environment.
 * Its terminals 1 and 2 are the file descriptors 3 and 4; its own messages go to its standard output.
 *
 * @throws KernelError for a folder whose name the kernel's command line cannot hold
 */
export function kernelCommand({ checkout, modules, memory }: Boot): string[] {
  if (/[^\w./@+-]/.test(checkout)) {
    throw new KernelError(
      `the checkout ${checkout} has a letter in its path that the kernel's command line cannot hold`,
    );
  }
  if (!/^[1-9]\d*[MG]$/.test(memory))
    throw new KernelError(`memory "${memory}": use a number and M or G, as in 4G`);
  return [
    program,
    `mem=${memory}`,
    "root=/dev/root",
    "rootfstype=hostfs",
    "rootflags=/",
    "ro",
    `init=${checkout}/lab/second-kernel/init.sh`,
    `uml_dir=${job}/`,
    "umid=guest",
    "con=null",
    "con0=null,fd:1",
    "con1=null,fd:3",
    "con2=null,fd:4",
    "ssl=null",
    `checkout=${checkout}`,
    `job=${job}`,
    `modules=${modules}`,
  ];
}
