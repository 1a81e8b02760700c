/** Neutron, the nodes' stores and the runtimes agree: whose each port is, and which wait for a pod. */
import type { AttachmentRecord, HotPortRecord, PendingDelete } from "../../../src/state/index.ts";
import { readStore } from "../random/invariants.ts";
import type { Tracked } from "../random/model.ts";
import type { CloudPort } from "../simulator/cloud.ts";
import { type Arena, CLUSTER, type Site } from "./arena.ts";

/** What one node remembers. */
export interface Memory {
  readonly rows: readonly AttachmentRecord[];
  readonly hot: readonly HotPortRecord[];
  readonly journal: readonly PendingDelete[];
}

export function memoryOf(site: Site): Memory {
  return readStore(site, (store) => ({
    rows: store.attachments.list(),
    hot: store.hotPorts.list(),
    journal: store.journal.list(),
  }));
}

export function deviceIdOf({ sandbox }: Tracked): string {
  return `skynet:${sandbox.containerId}:eth0`;
}

export function nameOf({ sandbox }: Tracked): string {
  return `${sandbox.id} (${sandbox.containerId.slice(0, 13)} on node${sandbox.node})`;
}

/** What runtimes believe to be attached, on one node or on all. */
export function attachedOf({ slots }: Arena, node?: number): Tracked[] {
  return slots.flatMap(({ attached }) =>
    attached && (node === undefined || attached.sandbox.node === node) ? [attached] : [],
  );
}

export async function neutronProblems(arena: Arena): Promise<string[]> {
  const ports = (await arena.cloud.ports(CLUSTER)).filter(({ id }) => !arena.foreign.portIds.has(id));
  const memories = arena.sites.map(memoryOf);
  const accounted = new Set(
    memories.flatMap(({ rows, hot }) => [...rows, ...hot].flatMap(({ portId }) => portId ?? [])),
  );
  return [
    ...ports
      .filter(({ id }) => !accounted.has(id))
      .map((port) => `no store knows the port ${JSON.stringify(port)}`),
    ...arena.sites.flatMap(({ node }, index) =>
      memoryProblems(node.hostname, memories[index] as Memory, attachedOf(arena, index + 1), ports),
    ),
  ];
}

function memoryProblems(
  host: string,
  { rows, hot, journal }: Memory,
  attached: readonly Tracked[],
  ports: readonly CloudPort[],
): string[] {
  const known = new Set(attached.map(deviceIdOf));
  const find = (id: string | undefined) => ports.find((port) => port.id === id);
  return [
    ...rows
      .filter(({ deviceId, state }) => !known.has(deviceId) || state !== "attached")
      .map((row) => `a row of ${host} is nobody's: ${JSON.stringify(row)}`),
    ...attached.flatMap((tracked) => {
      const row = rows.find(({ deviceId }) => deviceId === deviceIdOf(tracked));
      if (row === undefined) return [`the store of ${host} has no row for ${nameOf(tracked)}`];
      return portProblems(tracked, row, find(row.portId));
    }),
    ...hot.flatMap((row) => hotPortProblems(host, row, find(row.portId))),
    ...journal.map((entry) => `a delete of ${host} still waits: ${JSON.stringify(entry)}`),
  ];
}

function portProblems(tracked: Tracked, row: AttachmentRecord, port: CloudPort | undefined): string[] {
  const who = nameOf(tracked);
  if (port === undefined) return [`Neutron has no port ${row.portId} for ${who}`];
  const addresses = port.fixed_ips.map(({ ip_address }) => ip_address).sort();
  const name = `default_${tracked.sandbox.podName}`;
  return [
    ...(row.identityDue === undefined ? [] : [`Neutron is still to be told whose the port of ${who} is`]),
    ...differs(`the port of ${who} has the device`, port.device_id, deviceIdOf(tracked)),
    ...differs(`the port of ${who} has the name`, port.name, name),
    ...differs(`the port of ${who} has the status`, port.status, "ACTIVE"),
    ...differs(`the port of ${who} has`, addresses.join(), tracked.addresses.join()),
  ];
}

/** At rest a port without a pod is ready for one, or waits until what is on its way to the last one is gone. */
function hotPortProblems(host: string, row: HotPortRecord, port: CloudPort | undefined): string[] {
  const what = `the port ${row.portId ?? row.deviceId} without a pod on ${host}`;
  if (row.state !== "hot" && row.state !== "cooling") return [`${what} is still ${row.state}`];
  if (port === undefined) return [`${what} is unknown to Neutron`];
  return row.state === "hot" ? differs(`${what} has the status`, port.status, "ACTIVE") : [];
}

function differs(what: string, is: string, mustBe: string): string[] {
  return is === mustBe ? [] : [`${what} ${is}, not ${mustBe}`];
}
