/** What is wrong with the node's Open vSwitch for every pod on it. */
import { messageOf, WiringError } from "../errors.ts";
import type { WiringOptions } from "../wiring.ts";
import { switchRuns } from "./daemon.ts";
import { withDatabase } from "./database.ts";
import { INTEGRATION_BRIDGE } from "./plan.ts";
import { readSwitch } from "./ports.ts";

/** @throws the signal's reason */
export async function switchProblems(options: WiringOptions, signal: AbortSignal): Promise<string[]> {
  try {
    return await withDatabase(options, signal, async (client, limit) => {
      const [runs, { bridges }] = await Promise.all([switchRuns(client, limit), readSwitch(client, limit)]);
      // Only ports tell what the integration bridge is called; that there is none at all is sure to be wrong.
      const lacksBridge = options.neutronAgent === "required" && bridges.length === 0;
      return [
        ...(runs ? [] : ["ovs-vswitchd is not running"]),
        ...(lacksBridge ? [`Open vSwitch has no bridge, not even ${INTEGRATION_BRIDGE}`] : []),
      ];
    });
  } catch (error) {
    if (error instanceof WiringError) return [messageOf(error)];
    throw error;
  }
}
