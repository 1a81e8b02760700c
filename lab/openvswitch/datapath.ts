/** Where Open vSwitch forwards frames: in the kernel (`system`), or in its own process (`netdev`). */
import { uptime } from "node:os";
import { attempt } from "../command.ts";
import { waitFor } from "../wait.ts";

export type DatapathType = "system" | "netdev";

/** Environment variable that decides it whatever the kernel has. */
export const datapathVariable = "SKYNET_LAB_DATAPATH";

/**
 * The kernel's datapath where there is one, or can be loaded; else userspace's.
 *
 * @throws RangeError when the environment asks for one that does not exist
 */
export async function datapathType(): Promise<DatapathType> {
  const wanted = Bun.env[datapathVariable];
  if (wanted === "system" || wanted === "netdev") return wanted;
  if (wanted) throw new RangeError(`${datapathVariable} is ${JSON.stringify(wanted)}: use system or netdev`);
  return (await kernelHasDatapath()) ? "system" : "netdev";
}

/** Whether the kernel answers as an Open vSwitch datapath; tries to load its module when not. */
async function kernelHasDatapath(): Promise<boolean> {
  const answers = async () => (await attempt(["genl", "ctrl", "get", "name", "ovs_datapath"])).exitCode === 0;
  if (await answers()) return true;
  await attempt(["modprobe", "openvswitch"]);
  return answers();
}

/**
 * Waits until ovs-vswitchd may be started.
 *
 * Open vSwitch counts the processors anew every ten seconds of the machine's clock, and none before the first ten are
 * over: a switch started before then takes no packet from the kernel's datapath, also later.
 */
export async function switchCanStart(): Promise<void> {
  await waitFor("tenth second since the machine's start", () => uptime() > 10, { timeout: 15_000 });
}
