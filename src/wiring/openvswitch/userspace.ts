/**
 * What devices of the kernel need where ovs-vswitchd forwards frames itself: it gets a copy of what comes in on them, as
 * tcpdump does, and the kernel goes on with the frame as if it were the node's. With the kernel's datapath nothing but the
 * datapath sees it.
 */
import { completeChecksums } from "../../netlink/offload.ts";
import { writeSetting } from "../../system/files.ts";
import { messageOf, WiringError } from "../errors.ts";
import { setIpv6 } from "../ipv6-setting.ts";
import type { PodEnd } from "../wiring.ts";
import type { SwitchBridge } from "./ports.ts";

/**
 * For a host's end (Documentation/networking/ip-sysctl.rst): no question about an address of the node's is answered, and
 * packets are refused because no route leads back over it.
 */
const IPV4_SETTINGS = { arp_ignore: "8", rp_filter: "1" };

/**
 * Keeps the node's own network from a host's end: a pod would reach the node's services past its port's security groups.
 * A node with `net.ipv4.conf.all.rp_filter=2` takes IPv4 packets from a pod that may make up its own frames.
 *
 * @throws WiringError "setting-refused"
 */
export function keepNodeOut(bridge: SwitchBridge, hostEnd: string): void {
  if (!isUserspace(bridge)) return;
  setIpv6(hostEnd, false);
  for (const [setting, value] of Object.entries(IPV4_SETTINGS)) {
    const file = `/proc/sys/net/ipv4/conf/${hostEnd}/${setting}`;
    try {
      writeSetting(file, value);
    } catch (error) {
      throw new WiringError(
        "setting-refused",
        `${file} cannot be set to ${value}: ${messageOf(error)}; /proc/sys must be writable for skynet`,
        { cause: error },
      );
    }
  }
}

/** Has a pod's end send packets that are complete when they leave the kernel. @throws NamespaceError, NetlinkError */
export function completePackets(bridge: SwitchBridge, pod: PodEnd): void {
  if (isUserspace(bridge)) completeChecksums(pod.netns, pod.ifname);
}

/** Whether ovs-vswitchd forwards the frames of a bridge itself. */
export function isUserspace({ datapathType }: SwitchBridge): boolean {
  return datapathType === "netdev";
}
