import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { datapathType } from "../../lab/openvswitch/datapath.ts";
import manifest from "../../package.json" with { type: "json" };

/** One sentence on where and with what was measured, for whoever compares figures. */
export async function describeMachine(): Promise<string> {
  const processors = cpus();
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const commit = said(["git", "describe", "--always", "--dirty"]);
  const datapath = (await datapathType()) === "netdev" ? "its userspace datapath" : "the kernel's datapath";
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}:`,
    `skynet ${manifest.version} (${commit}), built with Bun ${Bun.version};`,
    `containernetworking-plugins ${versionOf("containernetworking-plugins")};`,
    `Open vSwitch ${versionOf("openvswitch-switch")} with ${datapath};`,
    `${operatingSystem()}, Linux ${release()}, ${processors.length} processors (${processors[0]?.model.trim()}), ${memory} GiB;`,
    `load average ${loadavg()[0]?.toFixed(1)} before.`,
  ].join(" ");
}

function operatingSystem(): string {
  return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux";
}

function versionOf(debianPackage: string): string {
  return said(["dpkg-query", "-W", "-f", "$" + "{Version}", debianPackage]);
}

function said(argv: string[]): string {
  return (
    Bun.spawnSync(argv, { cwd: import.meta.dir })
      .stdout.toString()
      .trim() || "unknown"
  );
}
