/** Neutron's tables. */
import { run } from "../command.ts";
import type { LabLayout } from "../layout.ts";
import { query } from "./database.ts";
import { writeIni } from "./ini.ts";
import { serverConfig } from "./server.ts";

/** Makes Neutron's database with the schema of the installed version. */
export async function createNeutronSchema(layout: LabLayout): Promise<void> {
  await query(layout, "CREATE DATABASE neutron CHARACTER SET utf8");
  const config = await writeIni(layout.path("etc", "neutron-server.conf"), serverConfig(layout, "noauth"));
  await run(["/usr/bin/python3", "/usr/bin/neutron-db-manage", "--config-file", config, "upgrade", "heads"], {
    timeout: 300_000,
  });
}
