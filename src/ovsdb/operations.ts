/** The operations of a transaction (RFC 7047, section 5.2). A transaction is carried out whole, or not at all. */
import type { Atom, Row, StoredRow, Value } from "./values.ts";

/** Column, function (`==`, `includes`…), value. Several are all to hold. */
export type Condition = readonly [column: string, test: string, value: Value];

export interface Operation {
  readonly op: "select" | "insert" | "update" | "mutate" | "wait";
  readonly table: string;
  /** Members that depend on the operation. */
  readonly [member: string]: unknown;
}

export interface OperationResult {
  /** Of a select. */
  readonly rows?: readonly StoredRow[];
  /** Of update and mutate: how many rows. */
  readonly count?: number;
  /** Of an insert. */
  readonly uuid?: Atom;
}

/** `_uuid` is always among the columns. */
export function select(table: string, where: readonly Condition[], columns: readonly string[]): Operation {
  return { op: "select", table, where, columns: ["_uuid", ...columns] };
}

/** @param name how others in the transaction refer to the new row */
export function insert(table: string, row: Row, name?: string): Operation {
  return { op: "insert", table, row, ...(name === undefined ? {} : { "uuid-name": name }) };
}

export function update(table: string, where: readonly Condition[], row: Row): Operation {
  return { op: "update", table, where, row };
}

/** Changes columns relative to what they hold: `insert` into and `delete` from sets and maps, `+=` numbers. */
export function mutate(
  table: string,
  where: readonly Condition[],
  ...mutations: readonly (readonly [column: string, mutator: string, value: Value])[]
): Operation {
  return { op: "mutate", table, where, mutations };
}

/**
 * Fails the transaction, with the code `timed out`, unless the rows that match are these, as far as their columns go:
 * what was read before must still hold.
 */
export function insist(table: string, where: readonly Condition[], rows: readonly Row[]): Operation {
  const columns = Object.keys(rows[0] ?? {});
  return { op: "wait", timeout: 0, table, where, columns, until: "==", rows };
}

/** Whether an operation may change something. */
export function changes({ op }: Operation): boolean {
  return op !== "select" && op !== "wait";
}
