/** The second kernel itself: what comes out of a guest, and that nothing of it is left however it ends. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../lab/layout.ts";
import { processEnvironment, processes } from "../../../lab/proc.ts";
import { waitFor } from "../../../lab/wait.ts";

setDefaultTimeout(120_000);

/** What others have in memory. */
const before = memoryFiles();

/** Every process of a guest carries it: of the test's own guest, and of no other. */
const mark = `SKYNET_GUEST_TEST=${process.pid}`;

interface Guest {
  readonly pid: number;
  readonly ended: Promise<{ status: number; stdout: string; stderr: string }>;
  readonly stdout: ReadableStream<Uint8Array>;
}

function start(argv: readonly string[], options: readonly string[] = []): Guest {
  const main = [
    process.execPath,
    join(checkout, "lab/second-kernel/main.ts"),
    "--memory",
    "512M",
    ...options,
  ];
  const [name = "", value = ""] = mark.split("=");
  const child = Bun.spawn([...main, "--", ...argv], {
    cwd: checkout,
    env: { ...Bun.env, [name]: value },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, copy] = child.stdout.tee();
  const texts = Promise.all([new Response(copy).text(), new Response(child.stderr).text()]);
  const ended = texts.then(async ([out, err]) => ({ status: await child.exited, stdout: out, stderr: err }));
  return { pid: child.pid, ended, stdout };
}

/** Waits until the command in the guest has written something. */
async function running(guest: Guest): Promise<void> {
  const reader = guest.stdout.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toContain("running");
  reader.releaseLock();
}

async function nothingLeft(): Promise<void> {
  const left = () => processes().filter((pid) => processEnvironment(pid).includes(mark));
  await waitFor("end of the guest's processes", () => left().length === 0, { timeout: 10_000 });
  expect(memoryFiles()).toEqual(before);
}

/** Where a guest has its memory; others may have theirs there, too. */
function memoryFiles(): string[] {
  return existsSync("/dev/shm") ? readdirSync("/dev/shm").toSorted() : [];
}

test("output, errors and status are the command's; no terminal is seen", async () => {
  const script = "uname -r; [ -t 1 ] || [ -t 2 ] || echo no terminal >&2; printf '\\303\\244\\r\\n'; exit 7";
  const { status, stdout, stderr } = await start(["sh", "-c", script]).ended;
  expect({ status, stderr }).toEqual({ status: 7, stderr: "no terminal\n" });
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\nä\r\n$/);
  await nothingLeft();
});

test("all of a long output arrives", async () => {
  const { status, stdout } = await start(["seq", "200000"]).ended;
  expect(status).toBe(0);
  expect(stdout.length).toBe(1_288_895);
  expect(stdout.endsWith("\n200000\n")).toBe(true);
});

test("the guest ends with its command, whatever that leaves running", async () => {
  expect((await start(["sh", "-c", "sleep 1000 & echo done"]).ended).stdout).toBe("done\n");
});

test("the checkout is writable, and nothing else", async () => {
  const file = join(checkout, ".work", `guest-${process.pid}`);
  const script = `mkdir -p '${checkout}/.work' && echo here >'${file}' && touch /etc/guest-test /tmp/guest-test`;
  try {
    expect((await start(["sh", "-c", script]).ended).status).toBe(0);
    expect(await Bun.file(file).text()).toBe("here\n");
    expect(existsSync("/etc/guest-test") || existsSync("/tmp/guest-test")).toBe(false);
  } finally {
    rmSync(file, { force: true });
  }
});

test("it has what the machine may lack", async () => {
  const script = `
    ip link add d0 type dummy && ip link add link d0 name d0.5 type vlan id 5 &&
    ip link add link d0.5 name m0 type macvlan && ip link add v0 type vxlan id 5 dstport 4789 &&
    ip link add g0 type geneve id 5 remote 10.0.0.1 && ip link add b0 type bridge vlan_filtering 1 &&
    iptables -A INPUT -m conntrack --ctstate NEW -j ACCEPT && ebtables -A INPUT -j ACCEPT &&
    genl ctrl get name ovs_datapath >/dev/null && ip tuntap add t0 mode tap`;
  expect(await start(["sh", "-euc", script]).ended).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("Neutron's rules with zones, which the kernel refuses, are left out", async () => {
  const rules = "*raw\n-A PREROUTING -j CT --zone 5\n-A PREROUTING -j ACCEPT\nCOMMIT\n";
  const script = `printf '${rules}' | iptables-restore -n && iptables -t raw -S PREROUTING`;
  const { stdout } = await start(["sh", "-euc", script]).ended;
  expect(stdout).toBe("-P PREROUTING ACCEPT\n-A PREROUTING -j ACCEPT\n");
});

test("a kernel that panics is told, with its last words", async () => {
  const { status, stderr } = await start(["sh", "-c", "echo c >/proc/sysrq-trigger; sleep 1000"]).ended;
  expect(status).toBe(125);
  expect(stderr).toContain("the guest ended before the command did");
  expect(stderr).toContain("Kernel panic");
  await nothingLeft();
});

test("when its time is over the guest is gone", async () => {
  const { status, stderr } = await start(["sleep", "1000"], ["--timeout", "8"]).ended;
  expect({ status, stderr }).toEqual({
    status: 124,
    stderr: "second kernel: not done after 8 s: give more with --timeout\n",
  });
  await nothingLeft();
});

test.each([["SIGINT", 130] as const, ["SIGTERM", 143] as const])(
  "%s ends the guest",
  async (signal, code) => {
    const guest = start(["sh", "-c", "echo running; sleep 1000"]);
    await running(guest);
    process.kill(guest.pid, signal);
    expect((await guest.ended).status).toBe(code);
    await nothingLeft();
  },
);

test("a guest does not outlive a starter that is killed", async () => {
  const guest = start(["sh", "-c", "echo running; sleep 1000"]);
  await running(guest);
  process.kill(guest.pid, "SIGKILL");
  await guest.ended;
  await nothingLeft();
});

test("a wrong size of memory is said before anything starts", async () => {
  const { status, stderr } = await start(["true"], ["--memory", "4T"]).ended;
  expect({ status, stderr }).toEqual({
    status: 125,
    stderr: 'second kernel: memory "4T": use a number and M or G, as in 4G\n',
  });
});
