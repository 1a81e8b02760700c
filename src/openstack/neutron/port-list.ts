import type { Neutron } from "./client.ts";
import { fieldsOf, matchesPort, PORT_FIELDS, type Port, type PortFilter, portQuery } from "./port.ts";

/**
 * The longest query of a list, in bytes. neutron-server and the proxies before it take request lines of 8 KiB; the rest is for
 * the endpoint's path and for what the links to further pages add.
 */
const LONGEST_QUERY = 6144;

/**
 * The ports that match `filter`, checked again here; of each at least the attributes `fields`.
 * Many `ids` or `device_ids` are asked for in as few requests as their length allows.
 */
export async function listPorts<Field extends keyof Port = keyof Port>(
  neutron: Neutron,
  filter: PortFilter,
  signal: AbortSignal,
  fields?: readonly Field[],
): Promise<Pick<Port, Field>[]> {
  const wanted = fields === undefined ? PORT_FIELDS : [...new Set([...fields, ...fieldsOf(filter)])];
  const found: Port[] = [];
  for (const part of split(filter, wanted)) {
    const ports = await neutron.list<Port>("ports", portQuery(part, wanted), signal);
    found.push(...ports.filter((port) => matchesPort(port, part)));
  }
  return found;
}

/** `filter` in parts whose queries are short enough; together they ask for each of its ids once. */
function split(filter: PortFilter, fields: readonly (keyof Port)[]): PortFilter[] {
  const many = filter.ids === undefined ? "device_ids" : "ids";
  const values = filter[many];
  if (values === undefined) return [filter];
  const room = LONGEST_QUERY - lengthOf({ ...filter, [many]: [] }, fields);
  const lists: string[][] = [];
  let left = 0;
  for (const value of new Set(values)) {
    const length = lengthOf({ [many]: [value] }, []) + 1;
    if (lists.length === 0 || left < length) {
      lists.push([]);
      left = room;
    }
    lists.at(-1)?.push(value);
    left -= length;
  }
  return lists.map((list) => ({ ...filter, [many]: list }));
}

/** Bytes of the query. */
function lengthOf(filter: PortFilter, fields: readonly (keyof Port)[]): number {
  return new URLSearchParams(portQuery(filter, fields).map(([key, value]) => [key, value])).toString().length;
}
