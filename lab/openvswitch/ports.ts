/** What is plugged into the bridges of a node. */
import type { OpenVswitch } from "./daemons.ts";

export interface SwitchPort {
  readonly name: string;
  readonly bridge: string;
}

/** A value of OVSDB in its JSON notation (RFC 7047, section 5.1), as far as the columns here need it. */
type Atom = string | readonly ["uuid", string];
type Value = Atom | readonly ["set", readonly Atom[]];

/** What `ovs-vsctl --format=json list` prints. */
interface Table {
  readonly headings: readonly string[];
  readonly data: readonly (readonly Value[])[];
}

/**
 * The ports that somebody plugged in: not those that connect bridges or switches with each other (patch, tunnels), and
 * not a bridge's own.
 */
export async function switchPorts(openvswitch: OpenVswitch): Promise<SwitchPort[]> {
  const columns = (names: string, table: string) => ["--", `--columns=${names}`, "list", table];
  const output = await openvswitch.vsctl(
    ...["--format=json", "--no-wait"],
    ...columns("name,ports", "Bridge"),
    ...columns("_uuid,interfaces", "Port"),
    ...columns("_uuid,name,type", "Interface"),
  );
  const [bridges, ports, interfaces] = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Table);
  if (!bridges || !ports || !interfaces)
    throw new Error(`ovs-vsctl listed less than three tables: ${output}`);
  return pluggedIn(bridges, ports, interfaces);
}

/** The same from the three tables, with the columns asked for above. */
export function pluggedIn(bridges: Table, ports: Table, interfaces: Table): SwitchPort[] {
  const own = new Set(bridges.data.map(([name]) => name));
  const bridgeOf = new Map(
    bridges.data.flatMap(([name, members]) => uuids(members).map((port) => [port, String(name)] as const)),
  );
  const portOf = new Map(
    ports.data.flatMap(([port, members]) =>
      uuids(members).map((member) => [member, uuids(port)[0] ?? ""] as const),
    ),
  );
  return interfaces.data
    .filter(([, name, type]) => name && !own.has(name) && !/^(patch|vxlan|geneve)$/.test(String(type)))
    .map(([id, name]) => ({
      name: String(name),
      bridge: bridgeOf.get(portOf.get(uuids(id)[0] ?? "") ?? "") ?? "no bridge",
    }));
}

function uuids(value: Value | undefined): string[] {
  if (value === undefined || typeof value === "string") return [];
  const atoms = value[0] === "set" ? value[1] : [value];
  return atoms.flatMap((atom) => (typeof atom === "string" ? [] : [atom[1]]));
}
