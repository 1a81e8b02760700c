import type { Pod } from "kubernetes-types/core/v1";
import type { ApiAccess } from "./access.ts";
import { answerError, bodyError, parseStatus } from "./failure.ts";
import { type Answer, Transport, type TransportOptions } from "./transport.ts";

/**
 * The Kubernetes API, as far as skynet needs it (Kubernetes API reference, "Pod v1 core"). Every call takes a signal,
 * which is its deadline.
 */
export class KubernetesClient {
  private readonly transport: Transport;

  constructor(access: ApiAccess, options: TransportOptions = {}) {
    this.transport = new Transport(access, options);
  }

  /**
   * @returns undefined when there is no such pod (or no such namespace)
   * @throws {KubernetesError} when the server cannot be asked, refuses, or does not answer as an API server
   */
  async getPod(namespace: string, name: string, signal: AbortSignal): Promise<Pod | undefined> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
    const answer = await this.transport.get(path, signal);
    if (answer.status !== 404) {
      return this.parse<Pod>(path, "Pod", answer);
    }
    if (parseStatus(answer.body)?.reason === "NotFound") {
      return undefined;
    }
    throw answerError(this.transport.access, path, answer);
  }

  private parse<T extends { kind?: string }>(path: string, kind: string, { body }: Answer): T {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      throw bodyError(this.transport.access, path, "JSON");
    }
    if (typeof parsed !== "object" || parsed === null || (parsed as T).kind !== kind) {
      throw bodyError(this.transport.access, path, kind);
    }
    return parsed as T;
  }
}
