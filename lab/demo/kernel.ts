/** What the demo needs of the kernel, found out by trying it in a network namespace. */
import { attempt, run } from "../command.ts";
import { inNamespace, type LabLayout } from "../layout.ts";
import { removeNamespace } from "../namespaces.ts";
import { MissingPrerequisite } from "./prerequisites.ts";

interface Feature {
  readonly name: string;
  /** Of the kernel's build, and its module. */
  readonly option: string;
  readonly module: string;
  /** Succeeds where the kernel has it. */
  readonly probe: readonly string[];
}

const veth: Feature = {
  name: "veth pairs",
  option: "CONFIG_VETH",
  module: "veth",
  probe: ["ip", "link", "add", "probe0", "type", "veth", "peer", "name", "probe1"],
};
const bridge: Feature = {
  name: "bridges",
  option: "CONFIG_BRIDGE",
  module: "bridge",
  probe: ["ip", "link", "add", "probe2", "type", "bridge"],
};
const vxlan: Feature = {
  name: "vxlan tunnels",
  option: "CONFIG_VXLAN",
  module: "vxlan",
  probe: ["ip", "link", "add", "probe3", "type", "vxlan", "id", "1", "dstport", "4789", "local", "127.0.0.1"],
};
const bridgeFirewall: Feature = {
  name: "firewalls on bridges",
  option: "CONFIG_BRIDGE_NETFILTER",
  module: "br_netfilter",
  probe: ["test", "-e", "/proc/sys/net/bridge/bridge-nf-call-iptables"],
};

/**
 * Tries what the nodes will be made of; with agents, also what Neutron's agents use.
 *
 * @throws MissingPrerequisite naming all that the kernel lacks
 */
export async function requireKernel(layout: LabLayout, needs: { agents: boolean }): Promise<void> {
  // One of the lab's names: clearing up after the lab removes it, too.
  const namespace = `${layout.name}-probe`;
  const made = await attempt(["ip", "netns", "add", namespace]);
  if (made.exitCode !== 0) throw noNamespaces(made.stderr);
  try {
    const wanted = needs.agents ? [veth, bridge, vxlan, bridgeFirewall] : [veth, bridge];
    const lacking: Feature[] = [];
    for (const feature of wanted) if (!(await has(namespace, feature))) lacking.push(feature);
    if (lacking.length > 0) throw noFeatures(lacking);
  } finally {
    await removeNamespace(namespace);
  }
}

/** Also where its module is not loaded yet, for root can load it. */
async function has(namespace: string, { probe, module }: Feature): Promise<boolean> {
  const tried = () => attempt(inNamespace(namespace, probe)).then(({ exitCode }) => exitCode === 0);
  if (await tried()) return true;
  if (!Bun.which("modprobe")) return false;
  await run(["modprobe", module]).catch(() => undefined);
  return tried();
}

function noNamespaces(why: string): MissingPrerequisite {
  return new MissingPrerequisite(
    `This machine makes no network namespaces: ${why.trim()}\n` +
      "In a container, give it all privileges (docker run --privileged), or use a virtual machine. " +
      "Otherwise the kernel was built without CONFIG_NET_NS: boot Debian's.",
  );
}

function noFeatures(lacking: readonly Feature[]): MissingPrerequisite {
  const lines = lacking.map(({ name, option, module }) => `  ${name} (${option}, module ${module})`);
  const modules = lacking.map(({ module }) => module).join(" ");
  return new MissingPrerequisite(
    [
      "The kernel lacks what the demo's nodes are made of:",
      ...lines,
      `Load them (modprobe -a ${modules}; in a container: on its host), or boot Debian's kernel.`,
    ].join("\n"),
  );
}
