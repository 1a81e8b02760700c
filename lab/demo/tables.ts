/** The demo's tables. */
import type { PingPlan } from "./cast.ts";
import type { Inventory } from "./inventory.ts";
import type { Port } from "./neutron-api.ts";
import type { Report } from "./report.ts";
import { milliseconds, type Player } from "./stage.ts";

/** A ping that was sent. */
export interface Pinged extends PingPlan {
  readonly address: string;
  readonly sent: number;
  readonly replies: number;
}

/** Pods as the runtime sees them. */
export function podTable(report: Report, players: readonly Player[]): void {
  const rows = players.map(({ role, addresses, added }) => [
    role.name,
    `node${role.node}`,
    role.asks,
    addresses[4] ?? "",
    addresses[6] ?? "",
    milliseconds(added),
  ]);
  const titles = ["POD", "NODE", "ASKS FOR", "IPV4", "IPV6"].map((title) => ({ title }));
  report.table([...titles, { title: "ADD", align: "right" }], rows);
}

/** The same pods as Neutron sees them. */
export function portTable(report: Report, players: readonly Player[], ports: readonly Port[]): void {
  const rows = players.map((player) => {
    const { id, name, mac_address, status, "binding:host_id": host } = portOf(player, ports);
    return [player.role.name, id, name, host, mac_address, status];
  });
  const titles = ["POD", "NEUTRON'S PORT", "NAME", "HOST", "MAC", "STATUS"];
  report.table(
    titles.map((title) => ({ title })),
    rows,
  );
  // All the same but the pod's UID.
  const [first] = players;
  const tags = first ? portOf(first, ports).tags.map((tag) => tag.replace(/^(skynet-uid)=.*/, "$1=…")) : [];
  report.note(`tags of each port: ${tags.sort().join(", ")}`);
}

function portOf({ pod, role }: Player, ports: readonly Port[]): Port {
  const found = ports.find(({ device_id }) => device_id.startsWith(`skynet:${pod.containerId}:`));
  if (!found) throw new Error(`Neutron has no port for pod ${role.name}`);
  return found;
}

/** Who reached whom. */
export function pingTable(report: Report, pinged: readonly Pinged[], players: readonly Player[]): void {
  const place = (name: string) => {
    const node = players.find(({ role }) => role.name === name)?.role.node;
    return node === undefined ? name : `${name} (node${node})`;
  };
  const rows = pinged.map(({ from, to, address, sent, replies }) => [
    place(from),
    place(to),
    address,
    `${replies} of ${sent}`,
  ]);
  report.table(
    [{ title: "FROM" }, { title: "TO" }, { title: "ADDRESS" }, { title: "REPLIES", align: "right" }],
    rows,
  );
}

/** What there was before the pods, with them, and afterwards. */
export function inventoryTable(
  report: Report,
  stages: { before: Inventory; with: Inventory; now: Inventory },
): void {
  const rows = Object.keys(stages.now).map((what) => [
    what,
    `${stages.before[what]}`,
    `${stages.with[what]}`,
    `${stages.now[what]}`,
  ]);
  const counts = ["BEFORE", "WITH PODS", "NOW"].map((title) => ({ title, align: "right" as const }));
  report.table([{ title: "WHAT" }, ...counts], rows);
}
