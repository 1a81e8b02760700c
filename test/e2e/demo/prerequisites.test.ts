/** What the demo says on machines that lack something. They are played by programs put before the real ones in PATH. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addNamespace, namespaceExists, removeNamespace } from "../../../lab/namespaces.ts";
import { type DemoEnd, DemoProcess } from "./process.ts";

const name = `skprereq${process.pid}`;

let programs: string;
beforeEach(() => {
  programs = mkdtempSync(join(tmpdir(), "skynet-demo-"));
});
afterEach(() => rmSync(programs, { recursive: true }));

/** Puts a shell script before the program of this name. */
function play(name: string, script: string): void {
  const path = join(programs, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

function demo(options: { prefix?: string[]; env?: Record<string, string> } = {}): DemoProcess {
  const env = { PATH: `${programs}:${Bun.env.PATH}`, ...options.env };
  return new DemoProcess(name, { ...options, env });
}

/** It ended with 1, said this, and left nothing. */
function expectRefusal({ exitCode, output, remains }: DemoEnd, ...said: string[]): void {
  expect({ exitCode, remains }).toEqual({ exitCode: 1, remains: [] });
  for (const text of ["FAILED", ...said]) expect(output).toContain(text);
}

test("it is not root's", async () => {
  // In a user namespace without mappings, this user is nobody, and may still read the files.
  const end = await demo({ prefix: ["unshare", "--user"] }).end();
  expectRefusal(end, "The demo must be run by root", "sudo");
});

test("it is not Debian", async () => {
  expectRefusal(await demo({ env: { PATH: programs } }).end(), "This is not Debian", "no apt-get");
});

test("ip is missing, and apt cannot install it", async () => {
  play("dpkg-query", `/usr/bin/dpkg-query "$@" | grep -v ^iproute2`);
  play("apt-get", 'echo "E: Unable to locate package iproute2" >&2; exit 100');
  const end = await demo().end();
  expectRefusal(
    end,
    "E: Unable to locate package iproute2",
    "by hand: apt-get update && apt-get install iproute2",
  );
});

test("Ctrl-C while packages are installed lets apt end first", async () => {
  const [started, ended] = [join(programs, "started"), join(programs, "ended")];
  play("dpkg-query", `/usr/bin/dpkg-query "$@" | grep -v ^iproute2`);
  const install = `trap 'touch ${ended}; exit 100' INT; touch ${started}; while :; do sleep 0.05; done`;
  play("apt-get", `case "$*" in *--simulate*) exit 0;; esac; ${install}`);
  const running = demo();
  await created(started);
  running.signal("SIGINT");
  const { exitCode, remains } = await running.end();
  expect({ exitCode, remains, ended: existsSync(ended) }).toEqual({
    exitCode: 130,
    remains: [],
    ended: true,
  });
});

test("the kernel has no veth pairs and no bridges, and no modules", async () => {
  play("ip", realBut('*"type veth"*|*"type bridge"*', "RTNETLINK answers: Operation not supported"));
  play("modprobe", "exit 1");
  const remedy = "modprobe -a veth bridge";
  expectRefusal(await demo().end(), "veth pairs (CONFIG_VETH", "bridges (CONFIG_BRIDGE", remedy);
});

test("it may not make network namespaces", async () => {
  play("ip", realBut('"netns add"*', "mount --make-shared /run/netns failed: Operation not permitted"));
  expectRefusal(await demo().end(), "mount --make-shared /run/netns failed", "docker run --privileged");
});

test("a lab of the same name is there already, and stays", async () => {
  const namespace = `${name}-node1`;
  await addNamespace(namespace);
  try {
    const { exitCode, output, errors } = await demo().end();
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: "" });
    expect(errors).toContain(`A lab of the name ${name} is there already: take it down with`);
    expect(namespaceExists(namespace)).toBe(true);
  } finally {
    await removeNamespace(namespace);
  }
});

/** The real `ip`, except for commands that match a shell pattern: they fail and say this. */
function realBut(pattern: string, complaint: string): string {
  return `case "$*" in ${pattern}) echo "${complaint}" >&2; exit 2;; esac; exec ${Bun.which("ip")} "$@"`;
}

/** Waits until a file of the programs' folder is there. */
async function created(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => existsSync(path) && resolve();
  const watcher = watch(programs, look);
  look();
  await promise.finally(() => watcher.close());
}
