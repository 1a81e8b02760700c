/** Prepared statements by their text: each SQL is compiled once a database. */
import type { Database, SQLQueryBindings, Statement } from "bun:sqlite";

export type Prepare = (sql: string) => Statement<unknown, SQLQueryBindings[]>;

export function statementCache(db: Database): Prepare {
  const statements = new Map<string, Statement<unknown, SQLQueryBindings[]>>();
  return (sql) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = db.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
}
