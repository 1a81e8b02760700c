/** `skynet journal`: ports that must go from Neutron or a virtual switch, and have not gone yet. */
import type { PendingDelete } from "../state/index.ts";
import { formatDuration } from "./age.ts";
import { lookIntoStore, type StoreOptions, stateDirOf } from "./store.ts";
import { type Column, formatTable } from "./table.ts";
import { printJson, printTable, type Terminal } from "./terminal.ts";

const COLUMNS: readonly Column[] = [
  { title: "NETWORK" },
  { title: "DEVICE" },
  { title: "PORT" },
  { title: "AGE", align: "right" },
  { title: "ATTEMPTS", align: "right" },
  { title: "NEXT TRY" },
  { title: "REASON" },
];

export function journal(terminal: Terminal, options: StoreOptions & { json?: boolean }): void {
  const dir = stateDirOf(options);
  const entries = lookIntoStore(dir, [], (store) => store.journal.list());
  if (options.json) printJson(terminal, entries.map(entryToJson));
  else if (entries.length === 0) terminal.out(`no delete is pending on this node (store: ${dir})\n`);
  else printEntries(terminal, entries);
}

/** The entries as a table, the reason last because it is long. */
export function printEntries(terminal: Terminal, entries: readonly PendingDelete[]): void {
  printTable(terminal, formatTable(COLUMNS, entries.map(toRow)));
}

/** An entry as other programs read it. */
export function entryToJson(entry: PendingDelete): Record<string, unknown> {
  return {
    network: entry.network,
    deviceId: entry.deviceId,
    portId: entry.portId,
    wiring: entry.wiring,
    reason: entry.reason,
    attempts: entry.attempts,
    lastError: entry.lastError,
    createdAt: new Date(entry.createdAt).toISOString(),
    nextTryAt: new Date(entry.notBefore).toISOString(),
  };
}

function toRow(entry: PendingDelete): string[] {
  const now = Date.now();
  return [
    entry.network,
    entry.deviceId,
    entry.portId ?? "",
    formatDuration(now - entry.createdAt),
    String(entry.attempts),
    entry.notBefore <= now ? "due" : `in ${formatDuration(entry.notBefore - now)}`,
    entry.lastError ?? entry.reason,
  ];
}
