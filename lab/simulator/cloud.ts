/** The simulated cloud: its database and what can be set on it. Everything else is functions over this. */
import { Database } from "bun:sqlite";
import * as model from "./model.ts";
import { defaultSettings, type Settings } from "./settings.ts";
import { type Prepare, statementCache } from "./statements.ts";
import { Table } from "./table.ts";

export interface Cloud {
  db: Database;
  /** Prepared statements for what is not a resource: tags, allocations, quotas. */
  sql: Prepare;
  settings: Settings;
  networks: Table<model.Network, "subnets" | "tags">;
  subnets: Table<model.Subnet, "tags">;
  ports: Table<model.Port, "fixed_ips" | "security_groups" | "tags">;
  securityGroups: Table<model.SecurityGroup, "tags">;
  securityGroupRules: Table<model.SecurityGroupRule>;
  routers: Table<model.Router, "tags">;
  agents: Table<model.Agent>;
  /** Timers of ports on their way to ACTIVE, ended by `closeCloud`. */
  timers: Set<ReturnType<typeof setTimeout>>;
}

/** Opens (or creates) the state. @param path a file, or `:memory:` */
export function openCloud(path: string): Cloud {
  const db = new Database(path, { create: true, readwrite: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = OFF");
  db.run(model.RELATIONS);
  const sql = statementCache(db);
  const cloud: Cloud = {
    db,
    sql,
    settings: { ...defaultSettings(), ...savedSettings(sql) },
    networks: new Table(sql, model.networkShape),
    subnets: new Table(sql, model.subnetShape),
    ports: new Table(sql, model.portShape),
    securityGroups: new Table(sql, model.securityGroupShape),
    securityGroupRules: new Table(sql, model.securityGroupRuleShape),
    routers: new Table(sql, model.routerShape),
    agents: new Table(sql, model.agentShape),
    timers: new Set(),
  };
  const { networks, subnets, ports, securityGroups, securityGroupRules, routers, agents } = cloud;
  for (const table of [networks, subnets, ports, securityGroups, securityGroupRules, routers, agents])
    table.create();
  return cloud;
}

/** Changes settings, for this process and for the next one on the same state. */
export function changeSettings(cloud: Cloud, changes: Partial<Settings>): void {
  Object.assign(cloud.settings, changes);
  cloud.sql("INSERT OR REPLACE INTO settings (id, value) VALUES (0, ?)").run(JSON.stringify(cloud.settings));
}

function savedSettings(sql: Prepare): Partial<Settings> {
  const row = sql("SELECT value FROM settings WHERE id = 0").get() as { value: string } | null;
  return row === null ? {} : (JSON.parse(row.value) as Partial<Settings>);
}

export function closeCloud(cloud: Cloud): void {
  for (const timer of cloud.timers) clearTimeout(timer);
  cloud.timers.clear();
  cloud.db.close();
}

export function hasExtension(cloud: Cloud, alias: string): boolean {
  return cloud.settings.extensions.includes(alias);
}
