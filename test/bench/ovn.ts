/**
 * ADD on OVN with ports made ahead, beside Debian's Go `bridge` in turns, on a real Neutron:
 *
 *     bun lab/main.ts run --name ovnbench --backend neutron-ovn --nodes ovn -- bun test/bench/ovn.ts [ROUNDS]
 */
import { join } from "node:path";
import { agentSocket } from "../../lab/agent-process.ts";
import { Lab } from "../../lab/lab.ts";
import { checkout } from "../../lab/layout.ts";
import { pluginConfig } from "../../lab/plugin-config.ts";
import type { PluginConfig } from "../../lab/plugin-input.ts";
import { SkynetAgent } from "./agents.ts";
import { bridgePlugin, type Contestant } from "./contestants.ts";
import { type Attached, attach, detach, newPod, orderOf } from "./pods.ts";
import { summarize } from "./statistics.ts";

const executable = join(checkout, "dist/skynet");
const rounds = Number(Bun.argv[2] ?? "50");
const lab = Lab.attach();
const node = lab.node(1);
const network = pluginConfig(lab, node, {
  log_file: "",
  neutron: { default_subnet_id: lab.seeded.vlan101.subnets[4], default_security_group_ids: lab.seeded.web },
  plugin: { agent: "required" },
  agent: { socket: agentSocket(node), hot_ports_min: 5, hot_ports_max: 40, hot_ports_cooldown: 1 },
});
const ours: Contestant = {
  name: "skynet agent, OVN",
  node,
  executable,
  network: network as Contestant["network"] & PluginConfig,
  hasAgent: true,
};
const rivals = [ours, bridgePlugin(node)];
const times = new Map(rivals.map(({ name }) => [name, [] as number[]]));

const agent = await SkynetAgent.start(ours);
try {
  for (let round = 0; round < rounds; round++) {
    const attached: Attached[] = [];
    await agent.calm();
    for (const rival of orderOf(rivals, round)) {
      const { ms, value } = await attach(rival, await newPod(lab, `pod${rivals.indexOf(rival)}`));
      times.get(rival.name)?.push(ms);
      attached.push(value);
    }
    for (const one of attached) await detach(one);
  }
  console.log("claims:", (await agent.state()).claims);
} finally {
  await agent.stop();
}
for (const [name, ms] of times) {
  const { runs, min, median, p90, p99, max } = summarize(ms);
  console.log(name, runs, ...[min, median, p90, p99, max].map((value) => value.toFixed(1)));
}
