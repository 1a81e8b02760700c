/** `skynet attachments`: what the node's store says is attached, or on its way. */
import type { Result } from "../cni/result.ts";
import { type AttachmentRecord, isAlive } from "../state/index.ts";
import { formatDuration } from "./age.ts";
import { lookIntoStore, type StoreOptions, stateDirOf } from "./store.ts";
import { type Column, formatTable } from "./table.ts";
import { printJson, printTable, type Terminal } from "./terminal.ts";

/** Enough of a container's id to find it with `crictl`. */
const SHORT_ID = 13;

const COLUMNS: readonly Column[] = [
  { title: "STATE" },
  { title: "POD" },
  { title: "CONTAINER" },
  { title: "INTERFACE" },
  { title: "ADDRESSES" },
  { title: "PORT" },
  { title: "AGE", align: "right" },
];

export function attachments(terminal: Terminal, options: StoreOptions & { json?: boolean }): void {
  const dir = stateDirOf(options);
  const records = lookIntoStore(dir, [], (store) => store.attachments.list());
  if (options.json) printJson(terminal, records.map(toJson));
  else if (records.length === 0) terminal.out(`nothing is attached on this node (store: ${dir})\n`);
  else printTable(terminal, formatTable(...columnsAndRows(records)));
}

/** The network's name is a column only where a node has several. */
function columnsAndRows(records: AttachmentRecord[]): [readonly Column[], string[][]] {
  const rows = records.map(toRow);
  if (new Set(records.map(({ network }) => network)).size === 1) return [COLUMNS, rows];
  return [[{ title: "NETWORK" }, ...COLUMNS], rows.map((row, i) => [records[i]?.network ?? "", ...row])];
}

function toRow(record: AttachmentRecord): string[] {
  const { namespace, name } = record.pod;
  return [
    isAbandoned(record) ? `${record.state}, abandoned` : record.state,
    [namespace, name].filter((part) => part !== undefined).join("/"),
    record.containerId.slice(0, SHORT_ID),
    record.ifname,
    addressesOf(record).join(","),
    record.portId ?? "",
    formatDuration(Date.now() - record.createdAt),
  ];
}

function toJson(record: AttachmentRecord): Record<string, unknown> {
  return {
    network: record.network,
    state: record.state,
    abandoned: isAbandoned(record),
    pod: record.pod,
    containerId: record.containerId,
    interface: record.ifname,
    netns: record.netns,
    addresses: addressesOf(record),
    portId: record.portId,
    deviceId: record.deviceId,
    createdAt: new Date(record.createdAt).toISOString(),
  };
}

/** An ADD whose process is gone without an end; the next DEL, GC or ADD of the container cleans up. */
function isAbandoned(record: AttachmentRecord): boolean {
  return record.state === "attaching" && !isAlive(record.owner);
}

/** With prefix length, as ADD answered. */
function addressesOf(record: AttachmentRecord): string[] {
  const answer = record.answer as Result | undefined;
  return answer?.ips.map(({ address }) => address) ?? [];
}
