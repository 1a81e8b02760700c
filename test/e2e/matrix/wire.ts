/** What a network's packets look like between nodes: untagged, with a VLAN tag, or in a tunnel with the network's number. */
import { expect } from "bun:test";
import type { CellScene, Member } from "./cell-scene.ts";
import type { NetworkType } from "./cells.ts";

/** How tcpdump tells the network of a packet, and how the table does. */
const marks: Record<NetworkType, (segment: number) => { pattern: RegExp; shown: string }> = {
  flat: () => ({ pattern: /^\S+ > \S+, ethertype IPv4 /, shown: "untagged" }),
  vlan: (id) => ({ pattern: new RegExp(`ethertype 802\\.1Q .*: vlan ${id}, `), shown: `tag ${id}` }),
  vxlan: (vni) => ({ pattern: new RegExp(`\\.4789: VXLAN, .* vni ${vni}\\n`), shown: `vni ${vni}` }),
  // OVN numbers its networks by itself.
  geneve: () => ({ pattern: /\.6081: Geneve, .* vni 0x[0-9a-f]+/, shown: "geneve" }),
};

/** Watches the wire of a1's node while a1 pings the pod on the other node. */
export async function marksOnWire(scene: CellScene): Promise<string> {
  const { a1, b, place } = scene;
  const { pattern, shown } = marks[place.type](place.segment ?? 0);
  const isTunnel = place.type === "vxlan" || place.type === "geneve";
  await using tap = await watch(`${isTunnel ? "t" : "p"}-${a1.node.hostname}`);
  const [packet] = await Promise.all([
    tap.first((text) => text.includes(`${a1.ip4} > ${b.ip4}: ICMP echo request`)),
    pingSlowly(a1, b.ip4),
  ]);
  expect(packet).toMatch(pattern);
  return shown;
}

async function pingSlowly({ pod }: Member, address: string): Promise<void> {
  expect(await pod.ping(address, { count: 3 })).toBe(3);
}

interface Tap extends AsyncDisposable {
  /** The first packet that `wanted` accepts, as tcpdump tells it, without its time. */
  first(wanted: (packet: string) => boolean): Promise<string>;
}

/** Captures on a device of this process's network namespace, which is the lab's control namespace. */
async function watch(device: string): Promise<Tap> {
  const child = Bun.spawn(["tcpdump", "-i", device, "-e", "-n", "-l", "--immediate-mode"], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  const errors = child.stderr.pipeThrough(new TextDecoderStream());
  for await (const text of errors.values({ preventCancel: true })) if (text.includes("listening on")) break;
  return {
    async first(wanted) {
      let unread = "";
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
        unread += text;
        // A packet's further lines are indented or begin with no time; the last one may still be unfinished.
        const packets = unread.split(/^\d\d:\d\d:\d\d\.\d+ /m);
        const found = packets.find((packet) => packet.endsWith("\n") && wanted(packet));
        if (found !== undefined) return found;
      }
      throw new Error(`${device}: tcpdump saw no such packet`);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
