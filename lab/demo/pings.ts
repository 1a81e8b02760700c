/** Pings between pods, and from pods to the gateway. */
import { gateway, type PingPlan } from "./cast.ts";
import type { Stage } from "./stage.ts";
import type { Pinged } from "./tables.ts";

const COUNT = 2;

/** Sends them all at once. @throws Error naming those of which replies are missing */
export async function sendPings(stage: Stage, plans: readonly PingPlan[]): Promise<Pinged[]> {
  const pinged = await Promise.all(
    plans.map(async (plan) => {
      const { from, to, family } = plan;
      const address = to === "gateway" ? gateway[family] : stage.address(to, family);
      const replies = await stage.player(from).pod.ping(address, { count: COUNT });
      return { ...plan, address, sent: COUNT, replies };
    }),
  );
  const lost = pinged.filter(({ sent, replies }) => replies < sent);
  if (lost.length > 0) throw new Error(lost.map(inWords).join("\n"));
  return pinged;
}

function inWords({ from, to, address, sent, replies }: Pinged): string {
  return `${from} pings ${to}, ${address}: ${replies} of ${sent} replies`;
}
