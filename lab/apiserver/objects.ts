import type { ObjectMeta } from "kubernetes-types/meta/v1";

/** Any object of the API, as far as the server looks at it. */
export interface ApiObject {
  kind?: string;
  apiVersion?: string;
  metadata?: ObjectMeta;
}

/** An object as the server holds it. */
export interface StoredObject extends ApiObject {
  metadata: ObjectMeta & { name: string; namespace: string; uid: string; resourceVersion: string };
}

/** The value at a path such as `spec.nodeName`, as selectors compare it: absent is the empty text. */
export function fieldOf(object: unknown, path: string): string {
  let value = object;
  for (const key of path.split(".")) {
    value = (value as Record<string, unknown> | undefined | null)?.[key];
  }
  return value === undefined || value === null ? "" : String(value);
}

/** Applies a JSON merge patch (RFC 7396): `null` removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
