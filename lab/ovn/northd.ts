/** ovn-northd: turns the networks and ports of the northbound database into the southbound one's logical flows. */
import { inNamespace, type LabLayout } from "../layout.ts";
import type { ServerSpec } from "../process.ts";
import { OvnDaemon } from "./daemon.ts";
import { databaseCommand, databaseRemote, ovnFolder } from "./database.ts";

/** While it is away ports can be made and bound in Neutron, but no chassis hears of them. */
export class Northd extends OvnDaemon {
  readonly #layout: LabLayout;

  constructor(layout: LabLayout) {
    super();
    this.#layout = layout;
  }

  protected override get spec(): ServerSpec {
    const layout = this.#layout;
    return {
      name: "ovn-northd",
      argv: inNamespace(layout.control, [
        "ovn-northd",
        `--ovnnb-db=${databaseRemote(layout, "nb")}`,
        `--ovnsb-db=${databaseRemote(layout, "sb")}`,
        `--unixctl=${ovnFolder(layout)}/northd.ctl`,
      ]),
      pidFile: layout.path("run", "ovn-northd.pid"),
      logFile: layout.path("log", "ovn-northd.log"),
      env: layout.environment,
      ready: async () => {
        // Returns once northd has written all there is into the southbound database.
        await databaseCommand(layout, "nb", ["--wait=sb", "sync"]);
        return true;
      },
    };
  }
}
