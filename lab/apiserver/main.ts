#!/usr/bin/env bun
/**
 * The API server as a process:
 * `bun lab/apiserver/main.ts --listen HOST:PORT [--tls CERT,KEY[,CLIENT_CA]] [--token TOKEN] [--read-only-token TOKEN]
 * [--journal FILE] [--pidfile FILE]`
 * With a journal it finds its objects again when it is started anew. Prints `listening on http://…` once it answers. Ends with SIGTERM or SIGINT.
 */
import { parseArgs } from "node:util";
import { makeCluster } from "./cluster.ts";
import { History } from "./history.ts";
import { keepJournal } from "./journal.ts";
import { type ApiServerOptions, type ApiServerTls, startApiServer } from "./server.ts";

const { values } = parseArgs({
  options: {
    listen: { type: "string", default: "127.0.0.1:8080" },
    tls: { type: "string" },
    token: { type: "string" },
    "read-only-token": { type: "string" },
    journal: { type: "string" },
    pidfile: { type: "string" },
  },
});

function address(text: string): { hostname: string; port: number } {
  const match = /^\[?([^\]]+)\]?:(\d+)$/.exec(text);
  if (match?.[1] === undefined) {
    throw new Error(`--listen ${text}: expected HOST:PORT`);
  }
  return { hostname: match[1], port: Number(match[2]) };
}

async function readTls(text: string): Promise<ApiServerTls> {
  const [cert, key, clientCa] = await Promise.all(text.split(",").map((path) => Bun.file(path).text()));
  if (cert === undefined || key === undefined) {
    throw new Error(`--tls ${text}: expected CERT,KEY or CERT,KEY,CLIENT_CA (files)`);
  }
  return { cert, key, ...(clientCa !== undefined && { clientCa }) };
}

const { token, "read-only-token": readOnlyToken, tls, journal, pidfile } = values;
const cluster = makeCluster(new History());
if (journal !== undefined) keepJournal(cluster, journal);
const options: ApiServerOptions = {
  ...address(values.listen),
  cluster,
  ...(tls !== undefined && { tls: await readTls(tls) }),
  ...(token !== undefined && { token }),
  ...(readOnlyToken !== undefined && { readOnlyToken }),
};
const server = startApiServer(options);
if (pidfile !== undefined) await Bun.write(pidfile, `${process.pid}\n`);
console.log(`listening on ${server.url}`);

async function end(): Promise<void> {
  await server.stop();
  if (pidfile !== undefined) await Bun.file(pidfile).unlink();
  process.exit(0);
}
process.once("SIGTERM", end);
process.once("SIGINT", end);
