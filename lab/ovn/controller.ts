/** ovn-controller of one node: turns the southbound database's logical flows into the node's OpenFlow. */
import { mkdirSync } from "node:fs";
import { run } from "../command.ts";
import { inNamespace, type LabLayout } from "../layout.ts";
import { integrationBridge } from "../openvswitch/bridges.ts";
import { OpenVswitch } from "../openvswitch/daemons.ts";
import { datapathVariable } from "../openvswitch/datapath.ts";
import type { ServerSpec } from "../process.ts";
import { announceChassis, chassisSettings, describeChassis } from "./chassis.ts";
import { OvnDaemon } from "./daemon.ts";

/** The node's Open vSwitch cannot do what OVN needs. */
export class DatapathError extends Error {
  override readonly name = "DatapathError";
}

export class OvnController extends OvnDaemon {
  /** The node's hostname, by which Neutron binds ports to it. */
  readonly host: string;
  readonly #layout: LabLayout;
  readonly #index: number;
  readonly #switch: OpenVswitch;

  constructor(layout: LabLayout, index: number) {
    super();
    this.#layout = layout;
    this.#index = index;
    this.#switch = new OpenVswitch(layout, index);
    this.host = layout.hostname(index);
  }

  /**
   * Starts it, and waits until the node is a chassis that Neutron can bind ports to.
   * Needs the node's Open vSwitch and OVN's central part.
   *
   * @throws DatapathError
   */
  override async start(): Promise<void> {
    await this.#requireZones();
    mkdirSync(this.#folder, { recursive: true });
    await this.#switch.vsctl(...chassisSettings(this.#layout, this.#index, await this.#switch.datapath()));
    await super.start();
    await describeChassis(this.#layout, this.host);
    await announceChassis(this.#layout, this.host);
  }

  /**
   * Ends it as an administrator does who takes the node out: the chassis leaves the southbound database, its ports
   * are DOWN, and its flows are gone. {@link kill} leaves all of that as it is.
   */
  override async stop(): Promise<void> {
    if (this.running) await this.#ask("exit");
    await super.stop();
  }

  protected override get spec(): ServerSpec {
    const layout = this.#layout;
    const name = `ovn-controller-${this.host}`;
    const pidFile = `--pidfile=${this.#folder}/ovn-controller.pid`;
    return {
      name: `ovn-controller of ${this.host}`,
      argv: inNamespace(layout.node(this.#index), [
        "ovn-controller",
        pidFile,
        "--overwrite-pidfile",
        this.#switch.connection,
      ]),
      pidFile: layout.path("run", `${name}.pid`),
      logFile: layout.path("log", `${name}.log`),
      env: { ...layout.environment, ...this.#switch.environment, OVN_RUNDIR: this.#folder },
      // "running": it knows both databases, and the chassis' row and the integration bridge are there.
      ready: async () => (await this.#ask("debug/status")) === "running",
    };
  }

  /** In a datapath without conntrack zones Open vSwitch takes none of OVN's flows, and OVN calls ports ready all the same. */
  async #requireZones(): Promise<void> {
    const features = await this.#switch.appctl("dpif/show-dp-features", integrationBridge);
    if (/^CT zone: Yes$/m.test(features)) return;
    throw new DatapathError(
      `${this.host}: this kernel's Open vSwitch has no conntrack zones: set ${datapathVariable}=netdev`,
    );
  }

  /** Where it keeps its pid and its control socket. */
  get #folder(): string {
    return this.#layout.path(this.host, "ovn");
  }

  /** Asks it something through its control socket, which is found by the pid in `ovn-controller.pid`. */
  async #ask(request: string): Promise<string> {
    const argv = ["ovn-appctl", "--timeout=10", "--target=ovn-controller", request];
    return (await run(argv, { env: { ...Bun.env, OVN_RUNDIR: this.#folder } })).trim();
  }
}
