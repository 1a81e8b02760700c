/** The demo as a process, seen as a person sees it: its output, its exit code, and what it leaves. */

import { remains } from "../../../lab/demo/remains.ts";
import { checkout, LabLayout } from "../../../lab/layout.ts";

export interface DemoEnd {
  readonly exitCode: number;
  readonly output: string;
  readonly errors: string;
  /** Processes, namespaces and folders that it left. */
  readonly remains: readonly string[];
}

/** A demo of its own name, under way. */
export class DemoProcess {
  readonly #layout: LabLayout;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #finished: Promise<unknown>;
  readonly #errors: Promise<string>;
  readonly #listeners = new Set<() => void>();
  #output = "";
  #ended = false;

  /** @param options `env` is added to this process's; `prefix` is a command that runs another */
  constructor(
    name: string,
    options: { readonly env?: Record<string, string>; readonly prefix?: readonly string[] } = {},
  ) {
    this.#layout = new LabLayout(name);
    const { env = {}, prefix = [] } = options;
    const argv = [
      ...prefix,
      process.execPath,
      `${checkout}/lab/demo/main.ts`,
      "--backend",
      "simulator",
      "--name",
      name,
    ];
    this.#child = Bun.spawn(argv, {
      env: { ...Bun.env, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#errors = new Response(this.#child.stderr).text();
    this.#finished = this.#read();
  }

  /** Waits until the demo has printed this. @throws Error when it ends without */
  async printed(text: string): Promise<void> {
    while (!this.#output.includes(text)) {
      if (this.#ended) throw new Error(`the demo ended without ${JSON.stringify(text)}:\n${this.#output}`);
      await new Promise<void>((resolve) => this.#listeners.add(resolve));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Waits for its end. */
  async end(): Promise<DemoEnd> {
    await this.#finished;
    return {
      exitCode: await this.#child.exited,
      output: this.#output,
      errors: await this.#errors,
      remains: remains(this.#layout),
    };
  }

  async #read(): Promise<void> {
    for await (const chunk of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#output += chunk;
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }
}
