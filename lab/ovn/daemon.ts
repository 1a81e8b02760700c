/** What OVN's processes have in common: started once, ended gently or as by a power cut. */
import type { Daemon } from "../openvswitch/daemons.ts";
import { type ServerSpec, serverRuns, startServer, stopServer } from "../process.ts";

export abstract class OvnDaemon implements Daemon {
  /** How it is started, and when it counts as serving. */
  protected abstract readonly spec: ServerSpec;

  get running(): boolean {
    return serverRuns(this.spec.pidFile);
  }

  /** Starts it unless it runs, and waits until it serves. Undo: {@link stop}. */
  async start(): Promise<void> {
    await startServer(this.spec);
  }

  /** Ends it as an administrator does. */
  async stop(): Promise<void> {
    await stopServer(this.spec.pidFile);
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    await stopServer(this.spec.pidFile, 0);
  }
}
