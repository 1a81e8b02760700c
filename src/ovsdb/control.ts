/**
 * The control socket of a daemon of Open vSwitch: what ovs-appctl(8) asks there, without a process for each question.
 * Commands are methods; their arguments, and what they print, are texts (lib/unixctl.c).
 */
import { OvsdbError } from "./errors.ts";
import { RpcClient } from "./rpc.ts";

export class ControlClient implements Disposable {
  private constructor(private readonly rpc: RpcClient) {}

  /** @throws OvsdbError "unreachable"; the signal's reason */
  static async connect(path: string, signal: AbortSignal): Promise<ControlClient> {
    return new ControlClient(await RpcClient.connect({ unix: path }, path, {}, signal));
  }

  /**
   * Answers what the command prints.
   *
   * @throws OvsdbError "refused" with the daemon's words; "unreachable"; "protocol"; the signal's reason
   */
  async run(command: string, argv: readonly string[], signal: AbortSignal): Promise<string> {
    const output = await this.rpc.call(command, argv, signal);
    if (typeof output === "string") return output;
    throw new OvsdbError(
      "protocol",
      `${this.rpc.name} answered ${command} with ${JSON.stringify(output)} instead of a text`,
    );
  }

  [Symbol.dispose](): void {
    this.rpc[Symbol.dispose]();
  }
}
