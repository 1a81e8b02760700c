import type { Event, Pod } from "kubernetes-types/core/v1";
import type { ApiAccess } from "./access.ts";
import { KubernetesError } from "./errors.ts";
import { type ApiCall, answerError, bodyError, parseStatus } from "./failure.ts";
import { type Answer, type ApiRequest, Transport, type TransportOptions } from "./transport.ts";

/** A pod as the API server tells it from others of the same name. */
export interface PodAddress {
  readonly namespace: string;
  readonly name: string;
  /** `metadata.uid`; when given, a later pod of the same name is not meant. */
  readonly uid?: string | undefined;
}

/**
 * The Kubernetes API, as far as skynet needs it (Kubernetes API reference, "Pod v1 core", "Event v1 core"). Every call
 * takes a signal, which is its deadline, and throws {@link KubernetesError} when the server cannot be asked, refuses,
 * or does not answer as an API server. Lists that are kept up to date: {@link ListWatch}.
 */
export class KubernetesClient {
  readonly transport: Transport;

  constructor(access: ApiAccess, options: TransportOptions = {}) {
    this.transport = new Transport(access, options);
  }

  /** @returns undefined when there is no such pod (or no such namespace) */
  getPod(namespace: string, name: string, signal: AbortSignal): Promise<Pod | undefined> {
    return this.one<Pod>({ method: "GET", path: podPath({ namespace, name }) }, "Pod", signal);
  }

  /**
   * Sets annotations of a pod, and leaves the others. It goes through the subresource `status`, which can change
   * nothing of what the pod is: the right to patch `pods/status` is enough, and the kubelet's own credentials have it.
   *
   * @returns the pod as it is then; undefined when it is gone, or another pod has its name now
   */
  async annotatePod(
    pod: PodAddress,
    annotations: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Pod | undefined> {
    // The server takes a UID in a patch for a precondition.
    const body = { metadata: { ...(pod.uid !== undefined && { uid: pod.uid }), annotations } };
    try {
      return await this.one<Pod>({ method: "PATCH", path: `${podPath(pod)}/status`, body }, "Pod", signal);
    } catch (error) {
      if (isOtherUid(error)) {
        return undefined;
      }
      throw error;
    }
  }

  /** @returns false when it cannot be, because its namespace is gone or about to go */
  async createEvent(event: Event, signal: AbortSignal): Promise<boolean> {
    const path = eventsPath(event.metadata.namespace ?? "");
    try {
      return (await this.one<Event>({ method: "POST", path, body: event }, "Event", signal)) !== undefined;
    } catch (error) {
      if (isKind(error, "conflict")) {
        // There already: the answer to the first attempt was lost.
        return true;
      }
      if (isKind(error, "forbidden") && /being terminated/.test(error.message)) {
        return false;
      }
      throw error;
    }
  }

  /**
   * Changes an event: its count, last time and message.
   *
   * @returns false when there is no such event any more: the server keeps them for an hour or so
   */
  async patchEvent(
    namespace: string,
    name: string,
    changes: Pick<Event, "count" | "lastTimestamp" | "message">,
    signal: AbortSignal,
  ): Promise<boolean> {
    const path = `${eventsPath(namespace)}/${encodeURIComponent(name)}`;
    return (await this.one<Event>({ method: "PATCH", path, body: changes }, "Event", signal)) !== undefined;
  }

  /** @returns undefined for a 404 that means the object (or its namespace) and not the address */
  private async one<T extends { kind?: string }>(
    request: ApiRequest,
    kind: string,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const answer = await this.transport.send(request, signal);
    if (answer.status !== 404) {
      return parseObject<T>(this.transport.access, request, kind, answer);
    }
    if (parseStatus(answer.body)?.reason === "NotFound") {
      return undefined;
    }
    throw answerError(this.transport.access, request, answer);
  }
}

/** @throws {KubernetesError} kind `unexpected` when the body is no object of that kind */
export function parseObject<T extends { kind?: string }>(
  access: ApiAccess,
  call: ApiCall,
  kind: string,
  { body }: Answer,
): T {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw bodyError(access, call, "JSON");
  }
  if (typeof parsed !== "object" || parsed === null || (parsed as T).kind !== kind) {
    throw bodyError(access, call, kind);
  }
  return parsed as T;
}

function podPath({ namespace, name }: PodAddress): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}

function eventsPath(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
}

function isKind(error: unknown, kind: KubernetesError["kind"]): error is KubernetesError {
  return error instanceof KubernetesError && error.kind === kind;
}

/** As a precondition that failed (409), or as a change of what cannot change (422): both name the field. */
function isOtherUid(error: unknown): boolean {
  return (isKind(error, "conflict") || isKind(error, "invalid")) && /\buid\b/i.test(error.message);
}
