/**
 * Debian's Neutron, whole: MariaDB, Keystone when asked for, neutron-server, and what its word reaches the nodes by:
 * RabbitMQ and an agent on every node, or OVN's databases and ovn-controller on every node.
 */
import type { LabLayout } from "../layout.ts";
import type { NodeKind } from "../node-kinds.ts";
import type { Daemon } from "../openvswitch/daemons.ts";
import { OvnCentral } from "../ovn/central.ts";
import { OvnController } from "../ovn/controller.ts";
import { ovnServerConfig } from "../ovn/server-config.ts";
import { prepareDatabase, startDatabase } from "./database.ts";
import { createIdentities } from "./identities.ts";
import { createKeystoneSchema, Keystone, keystoneFolder } from "./keystone.ts";
import { linuxbridgeAgent } from "./linuxbridge-agent.ts";
import { openvswitchAgent } from "./openvswitch-agent.ts";
import { startRabbitmq } from "./rabbitmq.ts";
import { createNeutronSchema } from "./schema.ts";
import { NeutronServer } from "./server.ts";

export interface NeutronOptions {
  /** The kind of each node, from node 1 on. */
  readonly nodes: readonly NodeKind[];
  /** Run Keystone, and a second neutron-server that asks for its tokens. */
  readonly keystone: boolean;
  /** Have ports wired by OVN instead of by agents. */
  readonly ovn: boolean;
}

/** What wires the ports of one node. */
export interface Agent extends Daemon {
  /** The node's hostname. */
  readonly host: string;
}

const agentsOf: Partial<Record<NodeKind, (layout: LabLayout, index: number) => Agent>> = {
  linuxbridge: linuxbridgeAgent,
  openvswitch: openvswitchAgent,
  ovn: (layout, index) => new OvnController(layout, index),
};

type Progress = (line: string) => void;

/** Everything here must run inside the lab's control namespace, where the servers answer. */
export class Neutron {
  /** The API that is open to everybody. */
  readonly server: NeutronServer;
  /** The API that asks for tokens. */
  readonly keystoneServer: NeutronServer;
  readonly keystone: Keystone;
  /** With OVN: what stands between neutron-server and the nodes. */
  readonly ovn: OvnCentral;
  /** Those of nodes that have one, from node 1 on. */
  readonly agents: readonly Agent[];
  readonly #layout: LabLayout;
  readonly #options: NeutronOptions;

  constructor(layout: LabLayout, options: NeutronOptions) {
    this.#layout = layout;
    this.#options = options;
    this.server = new NeutronServer(layout, "noauth", options.ovn ? ovnServerConfig(layout) : {});
    this.keystoneServer = new NeutronServer(layout, "keystone");
    this.keystone = new Keystone(layout);
    this.ovn = new OvnCentral(layout);
    this.agents = options.nodes.flatMap((kind, index) => {
      const agent = agentsOf[kind]?.(layout, index + 1);
      return agent ? [agent] : [];
    });
  }

  /**
   * Starts what does not run yet of all but the agents. Undo: killing the lab's processes, which keep nothing worth saving.
   *
   * @param progress told of each part that is up
   */
  async startServers(progress: Progress): Promise<void> {
    // Importing its modules takes a server seconds; it waits by itself for the bus, or for OVN.
    const bus = this.#options.ovn
      ? timed(progress, "OVN", this.ovn.start())
      : timed(progress, "RabbitMQ", startRabbitmq(this.#layout));
    const servers = async () => {
      await this.#startDatabase(progress);
      const tokens = this.#options.keystone ? timed(progress, "Keystone", this.#startKeystone()) : undefined;
      await Promise.all([timed(progress, "neutron-server", this.server.start()), tokens]);
    };
    await Promise.all([bus, servers()]);
  }

  /** Starts the agents that do not run yet, and waits until Neutron has heard from them. */
  async startAgents(progress: Progress): Promise<void> {
    await Promise.all(this.agents.map((agent) => timed(progress, `agent of ${agent.host}`, agent.start())));
  }

  async #startDatabase(progress: Progress): Promise<void> {
    const layout = this.#layout;
    if (!(await Bun.file(layout.path("mysql", "ibdata1")).exists())) {
      const { keystone } = this.#options;
      const folders = keystone ? ["mysql", keystoneFolder] : ["mysql"];
      const packages = ["mariadb-server", "neutron-common", ...(keystone ? ["keystone"] : [])];
      await prepareDatabase(layout, folders, packages, () => {
        progress("MariaDB: making the schemas (once; later labs start from a copy)");
        return this.#build();
      });
    }
    await timed(progress, "MariaDB", startDatabase(layout));
  }

  async #build(): Promise<void> {
    await Promise.all([
      createNeutronSchema(this.#layout),
      this.#options.keystone ? this.#buildKeystone() : Promise.resolve(),
    ]);
  }

  async #buildKeystone(): Promise<void> {
    await createKeystoneSchema(this.#layout);
    await this.keystone.start();
    await createIdentities();
    await this.keystone.stop();
  }

  async #startKeystone(): Promise<void> {
    await this.keystone.start();
    await this.keystoneServer.start();
  }
}

async function timed(progress: Progress, name: string, work: Promise<unknown>): Promise<void> {
  const began = performance.now();
  await work;
  progress(`${name} up (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}
