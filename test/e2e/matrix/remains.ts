/** What pods leave behind. */
import type { Lab } from "../../../lab/lab.ts";
import { lastingLeaks, type Snapshot, snapshot } from "../../../lab/leaks.ts";
import { type SwitchPort, switchPorts } from "../../../lab/openvswitch/ports.ts";
import type { Setup } from "./cells.ts";
import { switchOf } from "./places.ts";

/** What there was before the pods were attached, with their empty namespaces, so that what they leave shows. */
export class Remains {
  private constructor(
    private readonly lab: Lab,
    private readonly setup: Setup,
    private readonly nodes: readonly number[],
    private readonly links: Snapshot,
    private readonly ports: readonly string[],
  ) {}

  static async take(lab: Lab, setup: Setup, nodes: readonly number[]): Promise<Remains> {
    return new Remains(lab, setup, nodes, await snapshot(lab), await portLines(lab, setup, nodes));
  }

  /** What is there now and was not: devices, ports of switches, ports of Neutron. */
  async leaks(): Promise<string[]> {
    const left = await lastingLeaks(this.lab, this.links);
    const ports = await portLines(this.lab, this.setup, this.nodes);
    return [...left, ...ports.filter((line) => !this.ports.includes(line))];
  }
}

/** The lab's own count leaves out switches of bare nodes: it does not know that the tests start some. */
async function portLines(lab: Lab, { wiring }: Setup, nodes: readonly number[]): Promise<string[]> {
  if (wiring !== "openvswitch") return [];
  const lines = async (index: number) => (await switchPorts(switchOf(lab, index))).map(portLine(index));
  return (await Promise.all(nodes.map(lines))).flat();
}

const portLine =
  (index: number) =>
  ({ name, bridge }: SwitchPort) =>
    `node${index}: port ${name} of Open vSwitch in ${bridge}`;
