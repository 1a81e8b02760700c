#!/usr/bin/env bun
/**
 * The simulator as a process:
 * `bun lab/simulator/main.ts --listen HOST:PORT [--keystone-listen HOST:PORT] [--db FILE] [--auth MODE] [--pidfile FILE]`
 * Prints `listening on http://…` once it answers. Ends with SIGTERM or SIGINT.
 */
import { parseArgs } from "node:util";
import { AUTH_MODES, type AuthMode } from "./callers.ts";
import { type SimulatorOptions, startSimulator } from "./server.ts";

const { values } = parseArgs({
  options: {
    listen: { type: "string", default: "127.0.0.1:9696" },
    "keystone-listen": { type: "string" },
    db: { type: "string" },
    auth: { type: "string", default: "noauth" },
    pidfile: { type: "string" },
  },
});

function address(option: string, text: string): { hostname: string; port: number } {
  const match = /^\[?([^\]]+)\]?:(\d+)$/.exec(text);
  if (match?.[1] === undefined) throw new Error(`--${option} ${text}: expected HOST:PORT`);
  return { hostname: match[1], port: Number(match[2]) };
}

function authMode(text: string): AuthMode {
  const mode = AUTH_MODES.find((candidate) => candidate === text);
  if (mode === undefined) throw new Error(`--auth ${text}: expected one of ${AUTH_MODES.join(", ")}`);
  return mode;
}

const options: SimulatorOptions = { ...address("listen", values.listen), auth: authMode(values.auth) };
const keystone = values["keystone-listen"];
if (keystone !== undefined) options.keystone = address("keystone-listen", keystone);
if (values.db !== undefined) options.database = values.db;

const simulator = startSimulator(options);
if (values.pidfile !== undefined) await Bun.write(values.pidfile, `${process.pid}\n`);
console.log(`listening on ${simulator.url}`);
if (keystone !== undefined) console.log(`keystone on ${simulator.keystoneUrl}`);

async function end(): Promise<void> {
  await simulator.stop();
  if (values.pidfile !== undefined) await Bun.file(values.pidfile).unlink();
  process.exit(0);
}
process.once("SIGTERM", end);
process.once("SIGINT", end);
