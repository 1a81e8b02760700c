/** The operations of a transaction (RFC 7047, section 5.2). A transaction is carried out whole, or not at all. */
import type { Atom, Row, StoredRow, Value } from "./values.ts";

/** Column, function (`==`, `includes`…), value. Several are all to hold. */
export type Condition = readonly [column: string, test: string, value: Value];

export interface Operation {
  readonly op: "select" | "insert" | "update" | "mutate" | "delete" | "wait";
  readonly table: string;
}

export interface OperationResult {
  /** Of a select. */
  readonly rows?: readonly StoredRow[];
  /** Of update, mutate and delete: how many rows. */
  readonly count?: number;
  /** Of an insert. */
  readonly uuid?: Atom;
}

interface Where {
  readonly where: readonly Condition[];
}

/** `_uuid` is always among the columns. */
export function select(
  table: string,
  where: readonly Condition[],
  columns: readonly string[],
): Operation & Where {
  return { op: "select", table, where, columns: ["_uuid", ...columns] } as Operation & Where;
}

/** @param name how others in the transaction refer to the new row */
export function insert(table: string, row: Row, name?: string): Operation {
  return { op: "insert", table, row, ...(name === undefined ? {} : { "uuid-name": name }) } as Operation;
}

export function update(table: string, where: readonly Condition[], row: Row): Operation & Where {
  return { op: "update", table, where, row } as Operation & Where;
}

/** Changes columns relative to what they hold: `insert` into and `delete` from sets and maps, `+=` numbers. */
export function mutate(
  table: string,
  where: readonly Condition[],
  ...mutations: readonly (readonly [column: string, mutator: string, value: Value])[]
): Operation & Where {
  return { op: "mutate", table, where, mutations } as Operation & Where;
}

export function remove(table: string, where: readonly Condition[]): Operation & Where {
  return { op: "delete", table, where } as Operation & Where;
}

/**
 * Fails the transaction unless the rows that match are these, as far as the columns go: what was read before still
 * holds. With `until` "!=" unless they are not.
 */
export function require(
  table: string,
  where: readonly Condition[],
  rows: readonly Row[],
  until: "==" | "!=" = "==",
): Operation & Where {
  const columns = Object.keys(rows[0] ?? { _uuid: "" });
  return { op: "wait", timeout: 0, table, where, columns, until, rows } as Operation & Where;
}

/** Whether an operation may change something. */
export function changes({ op }: Operation): boolean {
  return op !== "select" && op !== "wait";
}
