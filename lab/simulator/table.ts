/** A SQLite table whose columns are the API's attributes, so that a row is (almost) the API's object. */
import type { Prepare } from "./statements.ts";

export type Kind = "text" | "integer" | "boolean" | "json";

/** The attributes every Neutron resource has. */
export interface Standard {
  id: string;
  project_id: string;
  description: string | null;
  created_at: string;
  updated_at: string;
  revision_number: number;
}

export interface TableShape {
  name: string;
  columns: Record<string, Kind>;
  /** Read-only JSON values, each a SQL expression over `t`, the table's row. */
  derived?: Record<string, string>;
  indexes?: readonly (readonly string[])[];
}

/** What an insert takes: the derived values come from elsewhere, the standard ones are filled in. */
export type NewRow<Row, Derived extends keyof Row = never> = Omit<Row, keyof Standard | Derived> &
  Partial<Pick<Row & Standard, keyof Standard>> & { project_id: string };

export type Binding = string | number | null;

const STANDARD: Record<keyof Standard, Kind> = {
  id: "text",
  project_id: "text",
  description: "text",
  created_at: "text",
  updated_at: "text",
  revision_number: "integer",
};

const quote = (name: string): string => `"${name}"`;

/** Neutron's timestamps: UTC, whole seconds. */
export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

export class Table<Row extends Standard, Derived extends keyof Row = never> {
  readonly kinds: Record<string, Kind>;
  private readonly names: string[];
  private readonly selectList: string;
  private readonly decoded: [string, Kind][];

  constructor(
    private readonly prepare: Prepare,
    private readonly shape: TableShape,
  ) {
    this.kinds = { ...STANDARD, ...shape.columns };
    this.names = Object.keys(this.kinds);
    const derived = Object.entries(shape.derived ?? {});
    this.selectList = [
      ...this.names.map(quote),
      ...derived.map(([name, sql]) => `(${sql}) AS ${quote(name)}`),
    ].join(", ");
    const all: [string, Kind][] = [
      ...Object.entries(this.kinds),
      ...derived.map(([name]): [string, Kind] => [name, "json"]),
    ];
    this.decoded = all.filter(([, kind]) => kind === "boolean" || kind === "json");
  }

  /** Creates table and indexes when they are not there. Texts compare as in MariaDB: capitals are small letters. */
  create(): void {
    const columns = Object.entries(this.kinds).map(([name, kind]) => {
      const collation = kind === "text" ? " COLLATE NOCASE" : "";
      return `${quote(name)}${name === "id" ? " TEXT PRIMARY KEY" : ""}${collation}`;
    });
    this.prepare(`CREATE TABLE IF NOT EXISTS ${this.shape.name} (${columns.join(", ")}) WITHOUT ROWID`).run();
    for (const columnsOfIndex of this.shape.indexes ?? []) {
      const name = `${this.shape.name}_${columnsOfIndex.join("_").replaceAll(":", "_")}`;
      const list = columnsOfIndex.map(quote).join(", ");
      this.prepare(`CREATE INDEX IF NOT EXISTS ${name} ON ${this.shape.name} (${list})`).run();
    }
  }

  /** Stores a row and gives it back as read; `id`, times and revision are filled in when absent. */
  insert(row: NewRow<Row, Derived>): Row {
    const now = timestamp();
    const full: Record<string, unknown> = {
      id: crypto.randomUUID(),
      description: "",
      created_at: now,
      updated_at: now,
      revision_number: 1,
      ...row,
    };
    const marks = this.names.map(() => "?").join(", ");
    const sql = `INSERT INTO ${this.shape.name} (${this.names.map(quote).join(", ")}) VALUES (${marks})`;
    this.prepare(sql).run(...this.names.map((name) => this.encode(name, full[name])));
    const stored = this.get(String(full.id));
    if (stored === undefined) throw new Error(`${this.shape.name}: the row just inserted is not there`);
    return stored;
  }

  /** Writes the changes, moves the revision and the time; an empty change is a touch. */
  update(id: string, changes: Partial<Row>): void {
    const names = Object.keys(changes);
    const sets = [
      ...names.map((name) => `${quote(name)} = ?`),
      "updated_at = ?",
      "revision_number = revision_number + 1",
    ];
    const values = Object.entries(changes).map(([name, value]) => this.encode(name, value));
    this.prepare(`UPDATE ${this.shape.name} SET ${sets.join(", ")} WHERE id = ?`).run(
      ...values,
      timestamp(),
      id,
    );
  }

  delete(id: string): void {
    this.prepare(`DELETE FROM ${this.shape.name} WHERE id = ?`).run(id);
  }

  get(id: string): Row | undefined {
    return this.select("id = ?", [id])[0];
  }

  /** @param where SQL over the table `t`; may carry ORDER BY and LIMIT behind it */
  select(where: string, bindings: readonly Binding[]): Row[] {
    const sql = `SELECT ${this.selectList} FROM ${this.shape.name} AS t WHERE ${where}`;
    const rows = this.prepare(sql).all(...bindings) as Record<string, unknown>[];
    return rows.map((row) => this.decode(row));
  }

  ids(where: string, bindings: readonly Binding[]): string[] {
    const sql = `SELECT id FROM ${this.shape.name} AS t WHERE ${where}`;
    return (this.prepare(sql).all(...bindings) as { id: string }[]).map((row) => row.id);
  }

  count(where: string, bindings: readonly Binding[]): number {
    const sql = `SELECT COUNT(*) AS n FROM ${this.shape.name} AS t WHERE ${where}`;
    return (this.prepare(sql).get(...bindings) as { n: number }).n;
  }

  private encode(name: string, value: unknown): Binding {
    const kind = this.kinds[name];
    if (kind === undefined) throw new Error(`${this.shape.name} has no column ${name}`);
    if (kind === "json") return JSON.stringify(value ?? null);
    if (kind === "boolean") return value ? 1 : 0;
    return (value ?? null) as Binding;
  }

  private decode(row: Record<string, unknown>): Row {
    for (const [name, kind] of this.decoded) {
      const value = row[name];
      row[name] = kind === "boolean" ? value === 1 : JSON.parse(String(value ?? "null"));
    }
    return row as unknown as Row;
  }
}
