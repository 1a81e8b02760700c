import type { Neutron } from "./client.ts";
import type { Port } from "./port.ts";
import { listPorts } from "./port-list.ts";
import { getPort } from "./port-requests.ts";

interface Look {
  readonly ids: Set<string>;
  /** By id; those that Neutron does not have are missing. */
  readonly ports: Promise<ReadonlyMap<string, Port>>;
  readonly send: () => void;
  /** Who waits for it; without anybody it is given up. */
  waiting: number;
  readonly abandoned: AbortController;
}

/** By the settings of the session, which all of a process's calls to one Neutron share. */
const looksOf = new WeakMap<object, PortLooks>();

/**
 * Reads a port as `getPort` does. While one look is under way, those that come meanwhile join into the next: many pods that
 * wait for their ports on one node cost a busy Neutron one request at a time.
 *
 * @throws OpenStackError; the signal's reason
 */
export function lookAtPort(neutron: Neutron, id: string, signal: AbortSignal): Promise<Port> {
  const key = neutron.session.settings;
  const looks = looksOf.get(key) ?? new PortLooks();
  looksOf.set(key, looks);
  return looks.look(neutron, id, signal);
}

class PortLooks {
  #isUnderWay = false;
  #next: Look | undefined;

  async look(neutron: Neutron, id: string, signal: AbortSignal): Promise<Port> {
    if (!this.#isUnderWay) return this.#alone(() => getPort(neutron, id, signal));
    this.#next ??= this.#gather(neutron);
    const look = this.#next;
    look.ids.add(id);
    look.waiting += 1;
    try {
      const port = (await beforeAbort(look.ports, signal)).get(id);
      // For the error that says why it is missing.
      return port ?? (await getPort(neutron, id, signal));
    } finally {
      look.waiting -= 1;
      if (look.waiting === 0) this.#abandon(look);
    }
  }

  #abandon(look: Look): void {
    if (this.#next === look) this.#next = undefined;
    look.abandoned.abort(new Error("nobody waits for the ports any more"));
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    this.#isUnderWay = true;
    try {
      return await work();
    } finally {
      this.#isUnderWay = false;
      const next = this.#next;
      this.#next = undefined;
      next?.send();
    }
  }

  #gather(neutron: Neutron): Look {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ids = new Set<string>();
    const abandoned = new AbortController();
    const ports = promise.then(() => this.#alone(() => read(neutron, [...ids], abandoned.signal)));
    ports.catch(() => undefined);
    return { ids, ports, send: resolve, waiting: 0, abandoned };
  }
}

async function read(
  neutron: Neutron,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Port>> {
  signal.throwIfAborted();
  const [only] = ids;
  const ports =
    ids.length === 1 && only !== undefined
      ? [await getPort(neutron, only, signal)]
      : await listPorts(neutron, { ids }, signal);
  return new Map(ports.map((port) => [port.id, port]));
}

/** `promise`, unless `signal` ends first; what is behind it goes on for the others. */
function beforeAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
