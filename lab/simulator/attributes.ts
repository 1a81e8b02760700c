/** Request bodies: which attributes a resource takes, how each is checked and converted, and Neutron's refusals. */
import { badRequest, invalidAttribute, invalidInput } from "./errors.ts";
import type { Caller } from "./http.ts";

/** Checks a value and gives it as stored; throws an ApiError naming the attribute. */
export type Parse = (value: unknown, name: string) => unknown;

export interface Attribute {
  /** Where clients may give it: in POST, in PUT, in both, or nowhere (read-only). */
  access: "create" | "update" | "both" | "read";
  parse: Parse;
  required?: boolean;
  /** What POST stores when it is not given; without it the attribute stays absent. */
  fallback?: unknown;
}

export type Attributes = Readonly<Record<string, Attribute>>;

export type Item = Record<string, unknown>;

/** Python's repr of what a client sent, as Neutron's messages quote it. */
export function repr(value: unknown): string {
  if (typeof value === "string") return `'${value}'`;
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  return `{${Object.entries(value)
    .map(([key, entry]) => `${repr(key)}: ${repr(entry)}`)
    .join(", ")}}`;
}

export const readOnly: Attribute = { access: "read", parse: (value) => value };

/** The attributes that every resource takes. */
export const standardAttributes: Attributes = {
  id: readOnly,
  created_at: readOnly,
  updated_at: readOnly,
  revision_number: readOnly,
  project_id: { access: "create", parse: text(255) },
  tenant_id: { access: "create", parse: text(255) },
  description: { access: "both", parse: text(255), fallback: "" },
};

/**
 * The items of a body: `{"port": {…}}`, or in a POST `{"ports": [{…}, …]}`.
 * @throws ApiError 400 in the words of neutron/api/v2/base.py
 */
export function bodyItems(
  body: string,
  singular: string,
  collection: string,
  allowBulk: boolean,
): { items: Item[]; bulk: boolean } {
  const data = body === "" ? {} : parseObject(body);
  if (allowBulk && collection in data) {
    const list = data[collection];
    if (!Array.isArray(list) || list.length === 0) throw badRequest("Resources required");
    return { items: list.map((entry) => unwrap(entry, singular)), bulk: true };
  }
  const item = data[singular];
  if (typeof item !== "object" || item === null) {
    throw badRequest(`Unable to find '${singular}' in request body`);
  }
  return { items: [item as Item], bulk: false };
}

/** A JSON object, or Neutron's 400. */
export function parseObject(body: string): Item {
  try {
    const data: unknown = JSON.parse(body);
    if (typeof data === "object" && data !== null && !Array.isArray(data)) return data as Item;
  } catch {
    // said below, in the same words
  }
  throw badRequest("Body contains invalid data");
}

/** Checks a POST's item and fills in defaults; `project_id` is always there afterwards. */
export function forCreate(item: Item, attributes: Attributes, caller: Caller): Item {
  const project = projectOf(item, caller);
  refuseUnknown(item, attributes);
  const result: Item = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    if (!(name in item)) {
      if (attribute.required) {
        throw badRequest(`Failed to parse request. Required attribute '${name}' not specified`);
      }
      if (attribute.fallback !== undefined) result[name] = attribute.fallback;
      continue;
    }
    if (attribute.access === "read" || attribute.access === "update") {
      throw badRequest(`Attribute '${name}' not allowed in POST`);
    }
    result[name] = attribute.parse(item[name], name);
  }
  delete result.tenant_id;
  return { ...result, project_id: project };
}

/** Checks a PUT's item: only what was given, only what may change. */
export function forUpdate(item: Item, attributes: Attributes): Item {
  refuseUnknown(item, attributes);
  const result: Item = {};
  for (const [name, value] of Object.entries(item)) {
    const attribute = attributes[name];
    if (attribute === undefined) continue;
    if (attribute.access === "read" || attribute.access === "create") {
      throw badRequest(`Cannot update read-only attribute ${name}`);
    }
    result[name] = attribute.parse(value, name);
  }
  return result;
}

export function text(limit: number): Parse {
  return (value, name) => {
    if (typeof value !== "string") throw invalidAttribute(name, `'${String(value)}' is not a valid string`);
    if (value.length > limit) throw invalidAttribute(name, `'${value}' exceeds maximum length of ${limit}`);
    return value;
  };
}

export const boolean: Parse = (value) => {
  const word = typeof value === "string" ? value.toLowerCase() : value;
  if (word === true || word === 1 || word === "true" || word === "1") return true;
  if (word === false || word === 0 || word === "false" || word === "0") return false;
  throw invalidInput(`${repr(value)} cannot be converted to boolean`);
};

export const integer: Parse = (value) => {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number)) return number;
  throw invalidInput(`${repr(value)} is not an integer`);
};

export function oneOf(values: readonly unknown[]): Parse {
  return (value, name) => {
    if (!values.includes(value)) throw invalidAttribute(name, `${String(value)} is not in valid_values`);
    return value;
  };
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export const uuid: Parse = (value, name) => {
  if (typeof value === "string" && UUID.test(value)) return value;
  throw invalidAttribute(name, `'${String(value)}' is not a valid UUID`);
};

export function list(name: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw invalidAttribute(name, `'${String(value)}' is not a list`);
  return value;
}

export const uuidList: Parse = (value, name) => {
  const entries = list(name, value);
  for (const entry of entries) uuid(entry, name);
  const twice = entries.find((entry, index) => entries.indexOf(entry) !== index);
  if (twice !== undefined) throw invalidAttribute(name, `Duplicate items in the list: '${String(twice)}'`);
  return entries;
};

export const anyList: Parse = (value, name) => list(name, value ?? []);

export function nullable(parse: Parse): Parse {
  return (value, name) => (value === null ? null : parse(value, name));
}

function unwrap(entry: unknown, singular: string): Item {
  if (typeof entry !== "object" || entry === null) throw badRequest("Body contains invalid data");
  const inner = (entry as Item)[singular];
  return typeof inner === "object" && inner !== null ? (inner as Item) : (entry as Item);
}

function refuseUnknown(item: Item, attributes: Attributes): void {
  const unknown = Object.keys(item).filter((name) => !(name in attributes));
  if (unknown.length > 0) throw badRequest(`Unrecognized attribute(s) '${unknown.join(", ")}'`);
}

function projectOf(item: Item, caller: Caller): string {
  const given = item.project_id ?? item.tenant_id;
  if (given === undefined) {
    if (!caller.projectRequired) return caller.projectId;
    throw badRequest("Running without keystone AuthN requires that tenant_id is specified");
  }
  if (!caller.isAdmin && given !== caller.projectId) {
    throw badRequest(
      "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires " +
        "admin or advsvc privileges",
    );
  }
  return String(given);
}
