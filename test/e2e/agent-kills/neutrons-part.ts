/**
 * Neutron's side of the lab: its server, which can die and freeze, and its agents. Beside the simulator the tests play
 * what agents do on a node: an uplink in the bridge of the pods' network, and on Open vSwitch a VLAN tag for each port.
 */
import type { Lab } from "../../../lab/lab.ts";
import { query } from "../../../lab/neutron/database.ts";
import { hasOpenVswitch } from "../../../lab/node-kinds.ts";
import { integrationBridge, physicalBridge } from "../../../lab/openvswitch/bridges.ts";
import type { OpenVswitch, SwitchDaemon } from "../../../lab/openvswitch/daemons.ts";
import { LOCAL_VLAN, startTaggingAgent } from "../../../lab/openvswitch/tagging-agent.ts";
import { signalServer } from "../../../lab/process.ts";
import type { Cloud } from "../simulator/cloud.ts";

/** Between the bridges of a switch, as Neutron's agent names them. */
const ofIntegration = "int-br-phys";
const ofPhysical = "phy-br-phys";

/**
 * Addresses of no port. Neutron allocates an address in one transaction and makes its port in another; killed between the
 * two it never gives the address out again, and no API call frees it: an administrator has to.
 */
const FREE_LOST_ADDRESSES = `USE neutron; DELETE allocated FROM ipamallocations allocated
  JOIN ipamsubnets subnet ON subnet.id = allocated.ipam_subnet_id
  LEFT JOIN ipallocations used
    ON used.ip_address = allocated.ip_address AND used.subnet_id = subnet.neutron_subnet_id
  WHERE used.port_id IS NULL`;

export class NeutronsPart {
  readonly #lab: Lab;
  #stopTagging: (() => Promise<void>) | undefined;

  private constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Undo: {@link close}. */
  static async open(lab: Lab, cloud: Cloud): Promise<NeutronsPart> {
    const part = new NeutronsPart(lab);
    if (lab.backend === "simulator") await part.#play(cloud);
    return part;
  }

  async close(): Promise<void> {
    if (this.#lab.backend !== "simulator") return;
    await this.pauseTagging();
    await this.openvswitch.vsctl(
      ...["--", "--if-exists", "del-port", integrationBridge, ofIntegration],
      ...["--", "--if-exists", "del-port", physicalBridge, ofPhysical],
    );
  }

  /** The server of the API. */
  get server(): SwitchDaemon {
    const simulated = this.#lab.backend === "simulator";
    const server = simulated ? this.#lab.simulator : this.#lab.neutron.server;
    const pidFile = this.#lab.layout.path("run", `${simulated ? "simulator" : "neutron-server"}.pid`);
    return {
      get running() {
        return server.running;
      },
      start: async () => {
        if (!simulated && !server.running) await query(this.#lab.layout, FREE_LOST_ADDRESSES);
        await server.start();
      },
      stop: () => server.stop(),
      kill: () => server.kill(),
      freeze: () => signalServer(pidFile, "SIGSTOP"),
      thaw: () => signalServer(pidFile, "SIGCONT"),
    };
  }

  /** Of the node that has one. */
  get openvswitch(): OpenVswitch {
    const node = this.#lab.nodes.find(({ kind }) => hasOpenVswitch(kind));
    if (node === undefined) throw new Error(`lab ${this.#lab.name} has no node with Open vSwitch`);
    return node.openvswitch;
  }

  /** Before the switch's database goes away. */
  async pauseTagging(): Promise<void> {
    await this.#stopTagging?.();
    this.#stopTagging = undefined;
  }

  async resumeTagging(): Promise<void> {
    if (this.#lab.backend !== "simulator") return;
    this.#stopTagging ??= await startTaggingAgent(this.openvswitch.connection);
  }

  async #play(cloud: Cloud): Promise<void> {
    for (const { hostname, kind } of this.#lab.nodes) {
      await cloud.addAgent(hostname, hasOpenVswitch(kind) ? "Open vSwitch agent" : "Linux bridge agent");
    }
    const patch = (bridge: string, port: string, peer: string) => [
      ...["--", "--may-exist", "add-port", bridge, port],
      ...["--", "set", "Interface", port, "type=patch", `options:peer=${peer}`],
    ];
    await this.openvswitch.vsctl(
      ...patch(integrationBridge, ofIntegration, ofPhysical),
      ...patch(physicalBridge, ofPhysical, ofIntegration),
      ...["--", "set", "Port", ofIntegration, `tag=${LOCAL_VLAN}`],
    );
    await this.resumeTagging();
  }
}
