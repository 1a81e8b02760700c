import type { History } from "./history.ts";
import { type ListQuery, pageOf } from "./list.ts";
import { type ApiObject, mergePatch, type StoredObject } from "./objects.ts";
import { badRequest, conflict, exists, notFound } from "./status.ts";

/** What tells one resource from another. */
export interface Resource {
  /** As in paths and messages: `pods`. */
  readonly name: string;
  readonly kind: string;
  /** What `fieldSelector` may name. */
  readonly fields: readonly string[];
}

export interface ObjectList<T> {
  kind: string;
  apiVersion: "v1";
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: (T & StoredObject)[];
}

/** A name of a pod or an event (RFC 1123 subdomain), which the real server wants too. */
const NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/**
 * All objects of one resource, in memory. Unlike a real server it keeps the UID that a new object comes with, so that
 * a lab can say beforehand who a pod is.
 */
export class Collection<T extends ApiObject> {
  private readonly objects = new Map<string, T & StoredObject>();

  constructor(
    readonly resource: Resource,
    readonly history: History,
  ) {}

  /** @param namespace absent: of all namespaces. @throws {Refusal} 400, 410 */
  list(namespace?: string, query: ListQuery = {}): ObjectList<T> {
    const { name, kind } = this.resource;
    const { items, metadata } = pageOf(this.objects, this.history, name, namespace, query);
    return { kind: `${kind}List`, apiVersion: "v1", metadata, items: items as (T & StoredObject)[] };
  }

  /** @throws {Refusal} 404 */
  get(namespace: string, name: string): T & StoredObject {
    const object = this.objects.get(`${namespace}/${name}`);
    if (object === undefined) throw notFound(this.resource.name, name);
    return object;
  }

  /** @throws {Refusal} 400 for an object that is none, 409 when there is one of that name */
  create(namespace: string, object: T): T & StoredObject {
    const name = this.check(object, namespace);
    if (this.objects.has(`${namespace}/${name}`)) throw exists(this.resource.name, name);
    const uid = object.metadata?.uid ?? crypto.randomUUID();
    return this.store(object, { name, namespace, uid, creationTimestamp: new Date().toISOString() });
  }

  /** @throws {Refusal} 400, 404, or 409 when the object was changed or made anew since the caller read it */
  replace(namespace: string, name: string, object: T): T & StoredObject {
    if (this.check(object, namespace) !== name) {
      throw badRequest("the name of the object does not match the name on the URL");
    }
    const { metadata: old } = this.get(namespace, name);
    const { uid = old.uid, resourceVersion = old.resourceVersion } = object.metadata ?? {};
    const refuse = (why: string) => conflict(this.resource.name, name, why);
    if (uid !== old.uid) {
      throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.uid}`);
    }
    if (resourceVersion !== old.resourceVersion) {
      throw refuse("the object has been modified; please apply your changes to the latest version");
    }
    const { creationTimestamp } = old;
    return this.store(object, { name, namespace, uid, ...(creationTimestamp && { creationTimestamp }) });
  }

  /** JSON merge patch; a uid or version in it is a precondition. @throws {Refusal} as `replace` */
  patch(namespace: string, name: string, patch: unknown): T & StoredObject {
    return this.replace(namespace, name, mergePatch(this.get(namespace, name), patch) as T);
  }

  /** @throws {Refusal} 404 */
  delete(namespace: string, name: string): T & StoredObject {
    const before = this.get(namespace, name);
    this.objects.delete(`${namespace}/${name}`);
    this.history.record(() => ({ resource: this.resource.name, before }));
    return before;
  }

  /** Puts back what a journal tells, unannounced. @param object absent: it was deleted */
  restore(key: string, object: (T & StoredObject) | undefined): void {
    if (object === undefined) this.objects.delete(key);
    else this.objects.set(key, object);
  }

  private store(object: T, own: Omit<StoredObject["metadata"], "resourceVersion">): T & StoredObject {
    const key = `${own.namespace}/${own.name}`;
    const before = this.objects.get(key);
    this.history.record((version) => {
      const metadata = { ...object.metadata, ...own, resourceVersion: String(version) };
      const after = { ...object, kind: this.resource.kind, apiVersion: "v1", metadata };
      this.objects.set(key, after);
      return { resource: this.resource.name, ...(before && { before }), after };
    });
    return this.get(own.namespace, own.name);
  }

  /** @returns the object's name */
  private check({ kind = this.resource.kind, metadata }: T, namespace: string): string {
    if (kind !== this.resource.kind) throw badRequest(`no kind "${kind}" is expected here`);
    if (metadata?.namespace !== undefined && metadata.namespace !== namespace) {
      throw badRequest(
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    }
    if (metadata?.name === undefined || !NAME.test(metadata.name)) {
      throw badRequest("metadata.name: a lowercase RFC 1123 subdomain is required");
    }
    return metadata.name;
  }
}
