/** OVN's central part: its two databases, and northd between them. On the nodes is ovn-controller. */
import type { LabLayout } from "../layout.ts";
import { OvnDatabase } from "./database.ts";
import { Northd } from "./northd.ts";

export class OvnCentral {
  /** What Neutron writes. */
  readonly northbound: OvnDatabase;
  /** What the nodes read. */
  readonly southbound: OvnDatabase;
  readonly northd: Northd;

  constructor(layout: LabLayout) {
    this.northbound = new OvnDatabase(layout, "nb");
    this.southbound = new OvnDatabase(layout, "sb");
    this.northd = new Northd(layout);
  }

  /** Starts what does not run yet. Undo: killing the lab's processes. */
  async start(): Promise<void> {
    await Promise.all([this.northbound.start(), this.southbound.start()]);
    await this.northd.start();
  }
}
