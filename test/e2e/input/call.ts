/** One call of the built plugin, as a runtime makes it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../../../lab/layout.ts";
import { merge } from "../../../lab/plugin-config.ts";
import type { Case, Json } from "./case.ts";
import { fill, fillText, type Places } from "./places.ts";

const EXECUTABLE = join(checkout, "dist/skynet");
/** Far more than any case needs; a plugin that hangs is killed. */
const TIMEOUT_MS = 30_000;

export const POD = { namespace: "shop", name: "web-0", uid: "0d6c1b6e-6b3c-4e0e-9d3e-2b1f4c5a6d7e" } as const;
export const ANNOTATIONS = "io.kubernetes.cri.pod-annotations";

export interface Ending {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a user of the lab would write: the case's part is merged over it. */
const CONFIG: Json = {
  cniVersion: "1.0.0",
  name: "pods",
  type: "skynet",
  capabilities: { [ANNOTATIONS]: true, ips: true, mac: true },
  hostname: "node1",
  state_dir: "@dir@/state",
  deadlines: { add: 10, del: 10 },
  neutron: { neutron_url: "@neutron@", default_network_id: "@vlan101@" },
  plugin: { plugin_type: "linuxbridge", trunk_nic: "nic0", neutron_agent: "none" },
};

/** @param places the case's own among them: `dir`, `id` */
export async function callPlugin(one: Case, places: Places): Promise<Ending> {
  const dir = fillText("@dir@", places);
  mkdirSync(dir, { recursive: true });
  for (const [name, text] of Object.entries(one.files ?? {})) {
    writeFileSync(join(dir, name), fillText(text, places));
  }
  const child = Bun.spawn([...(one.through ?? []), EXECUTABLE], {
    cwd: dir,
    env: environmentOf(one, places),
    stdin: stdinOf(one, places),
    stdout: "pipe",
    stderr: "pipe",
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode: child.signalCode === null ? exitCode : null, stdout, stderr };
}

function environmentOf(one: Case, places: Places): Record<string, string> {
  const usual = {
    PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
    CNI_COMMAND: one.verb ?? "ADD",
    CNI_CONTAINERID: "c@id@",
    CNI_NETNS: "@pod@",
    CNI_IFNAME: "e@id@",
    CNI_PATH: "/opt/cni/bin",
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${POD.namespace};K8S_POD_NAME=${POD.name};K8S_POD_UID=${POD.uid}`,
  };
  const given = Object.entries({ ...usual, ...one.env }).filter(([, value]) => value !== null);
  return fill(Object.fromEntries(given), places) as Record<string, string>;
}

function stdinOf(one: Case, places: Places): Uint8Array {
  if (one.stdin instanceof Uint8Array) return one.stdin;
  const text = one.stdin ?? JSON.stringify(merge(withAnnotations(one), one.config ?? {}));
  return new TextEncoder().encode(fillText(text, places));
}

function withAnnotations({ annotations = {} }: Case): Json {
  return annotations === null ? CONFIG : { ...CONFIG, runtimeConfig: { [ANNOTATIONS]: annotations } };
}
