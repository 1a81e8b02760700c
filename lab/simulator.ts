/** The simulated Neutron and Keystone, as a server of a lab. */
import { apiUrl, checkout, controlAddress, inNamespace, keystoneUrl, type LabLayout } from "./layout.ts";
import { serverRuns, startServer, stopServer } from "./process.ts";
import { answers } from "./wait.ts";

export class Simulator {
  readonly url = apiUrl;
  readonly #layout: LabLayout;

  constructor(layout: LabLayout) {
    this.#layout = layout;
  }

  get running(): boolean {
    return serverRuns(this.#pidFile);
  }

  /** Starts it and waits until it answers. What it knows is in a file, and is still known after a restart. */
  async start(): Promise<void> {
    const listen = (url: string) => `${controlAddress}:${new URL(url).port}`;
    await startServer({
      name: "simulator",
      argv: inNamespace(this.#layout.control, [
        process.execPath,
        `${checkout}/lab/simulator/main.ts`,
        "--listen",
        listen(apiUrl),
        "--keystone-listen",
        listen(keystoneUrl),
        "--db",
        this.#layout.path("simulator.db"),
      ]),
      pidFile: this.#pidFile,
      logFile: this.#layout.path("log", "simulator.log"),
      env: this.#layout.environment,
      ready: () => answers(this.url),
    });
  }

  async stop(): Promise<void> {
    await stopServer(this.#pidFile);
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    await stopServer(this.#pidFile, 0);
  }

  get #pidFile(): string {
    return this.#layout.path("run", "simulator.pid");
  }
}
