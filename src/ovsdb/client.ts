/** A client of one OVSDB server: JSON-RPC 1.0 over a stream (RFC 7047, section 4). */
import { parseOvsdbAddress } from "./address.ts";
import { OvsdbError } from "./errors.ts";
import type { Operation, OperationResult } from "./operations.ts";
import { RpcClient } from "./rpc.ts";
import { orAborted } from "./socket.ts";

/** Tables to watch: of each the columns whose changes matter, and of which rows. */
export type Watched = Readonly<
  Record<string, { readonly columns: readonly string[]; readonly where: readonly unknown[] }>
>;

export class OvsdbClient implements Disposable {
  private readonly watchers = new Set<PromiseWithResolvers<void>>();
  private lastMonitor = 0;
  private rpc: RpcClient | undefined;

  private constructor(
    /** As in the configuration. */
    readonly address: string,
    readonly database: string,
  ) {}

  /**
   * @param address `unix:PATH` or `tcp:HOST:PORT`
   * @throws RangeError for another address; OvsdbError "unreachable"; the signal's reason
   */
  static async connect(address: string, database: string, signal: AbortSignal): Promise<OvsdbClient> {
    const client = new OvsdbClient(address, database);
    const listener = { notified: () => client.wake(), ended: (error: OvsdbError) => client.ended(error) };
    client.rpc = await RpcClient.connect(parseOvsdbAddress(address), address, listener, signal);
    return client;
  }

  /**
   * Carries out operations together, and answers the result of each. When one fails none has been carried out. When
   * the connection breaks or the signal aborts, they may have been.
   *
   * @throws OvsdbError "refused" with the database's code; "unreachable"; "protocol"; the signal's reason
   */
  async transact(operations: readonly Operation[], signal: AbortSignal): Promise<OperationResult[]> {
    const results = await this.call("transact", [this.database, ...operations], signal);
    if (!Array.isArray(results)) {
      throw new OvsdbError(
        "protocol",
        `${this.address} answered a transaction with ${JSON.stringify(results)}`,
      );
    }
    // What only shows when all is put together, such as a name taken twice, comes behind the operations' results.
    const position = results.findIndex((result) => result?.error != null);
    if (position === -1) return results;
    const { error, details } = results[position] as { error: string; details?: string };
    const operation = operations[position];
    const what = operation === undefined ? "the transaction" : `${operation.op} ${operation.table}`;
    throw new OvsdbError("refused", `${this.address}: ${what}: ${error}${details ? ` (${details})` : ""}`, {
      code: error,
    });
  }

  /**
   * Waits until `look` answers something: it is asked now, and after every change of what is watched.
   *
   * @throws what `look` throws; as `transact`
   */
  async until<T>(watched: Watched, look: () => Promise<T | undefined>, signal: AbortSignal): Promise<T> {
    let change = this.nextChange();
    // Understood since Open vSwitch 2.6; the monitor of RFC 7047 would tell of all rows (ovsdb-server(7), 4.1.12).
    const requests = Object.fromEntries(
      Object.entries(watched).map(([table, request]) => [table, [request]]),
    );
    await this.call("monitor_cond", [this.database, ++this.lastMonitor, requests], signal);
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await orAborted(change, signal);
      change = this.nextChange();
    }
  }

  /**
   * Whether somebody holds a lock of the database: its servers' clients use locks to be the only one of their kind.
   * Whoever starts at this very moment is kept waiting until this client is disposed of.
   */
  async isLocked(id: string, signal: AbortSignal): Promise<boolean> {
    const answer = await this.call("lock", [id], signal);
    return (answer as { locked?: unknown } | null)?.locked === false;
  }

  [Symbol.dispose](): void {
    this.rpc?.[Symbol.dispose]();
  }

  private call(
    method: string,
    params: readonly unknown[],
    signal: AbortSignal,
  ): Promise<unknown> | undefined {
    return this.rpc?.call(method, params, signal);
  }

  private ended(error: OvsdbError): void {
    for (const watcher of this.watchers) watcher.reject(error);
  }

  private wake(): void {
    for (const watcher of this.watchers) watcher.resolve();
    this.watchers.clear();
  }

  private nextChange(): Promise<void> {
    const watcher = Promise.withResolvers<void>();
    // Nobody may be waiting for it when the connection ends.
    watcher.promise.catch(() => undefined);
    this.watchers.add(watcher);
    return watcher.promise;
  }
}
