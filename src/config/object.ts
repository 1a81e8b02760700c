/** A JSON object that nobody has validated yet. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A deep copy without empty strings and nulls: everywhere in the file they mean the same as no key. */
export function withoutEmpty(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== "" && value !== null && value !== undefined)
      .map(([key, value]) => [key, isObject(value) ? withoutEmpty(value) : value]),
  );
}

/** What stands at a path of one or two keys; undefined when anything on the way is missing. */
export function getPath(object: JsonObject, path: string): unknown {
  const [first = "", second] = path.split(".");
  const value = Object.hasOwn(object, first) ? object[first] : undefined;
  if (second === undefined) return value;
  return isObject(value) && Object.hasOwn(value, second) ? value[second] : undefined;
}

/** Sets what stands at a path of one or two keys, making the section when it is missing. */
export function setPath(object: JsonObject, path: string, value: unknown): void {
  const [first = "", second] = path.split(".");
  if (second === undefined) {
    object[first] = value;
    return;
  }
  if (object[first] === undefined) object[first] = {};
  const section = object[first];
  if (isObject(section)) section[second] = value;
}

/** Removes what stands at a path of one or two keys. */
export function deletePath(object: JsonObject, path: string): void {
  const [first = "", second] = path.split(".");
  if (second === undefined) {
    delete object[first];
    return;
  }
  const section = object[first];
  if (isObject(section)) delete section[second];
}
