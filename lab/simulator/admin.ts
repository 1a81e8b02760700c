/** The simulator's own API, under /_sim: faults, calls, agents, port states, tokens, settings. */
import * as v from "valibot";
import { registerAgent } from "./agents.ts";
import type { Calls } from "./calls.ts";
import { type Cloud, changeSettings } from "./cloud.ts";
import { portNotFound } from "./errors.ts";
import { FaultSchema, type Faults } from "./faults.ts";
import { type ApiRequest, created, noContent, ok, param, type Reply } from "./http.ts";
import { revokeTokens } from "./keystone.ts";
import { optionalEntries } from "./optional.ts";
import type { Processors } from "./processors.ts";
import type { Route } from "./router.ts";

const AgentSchema = v.strictObject({
  host: v.string(),
  agent_type: v.optional(v.string()),
  alive: v.optional(v.boolean()),
  configurations: v.optional(v.record(v.string(), v.unknown())),
});

const PortStatusSchema = v.strictObject({ status: v.picklist(["ACTIVE", "DOWN", "BUILD", "ERROR"]) });

const RevokeSchema = v.strictObject({ id: v.optional(v.string()) });

const milliseconds = v.pipe(v.number(), v.minValue(0));
const span = v.pipe(
  v.tuple([milliseconds, milliseconds]),
  v.check(([least, most]) => least <= most, "the first must not be more than the second"),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const SettingsSchema = v.strictObject({
  extensions: v.optional(v.array(v.string())),
  activation: v.optional(v.picklist(["immediate", "manual"])),
  active_delay_ms: v.optional(milliseconds),
  latency_ms: v.optional(milliseconds),
  processors: v.optional(count),
  write_ms: v.optional(span),
  read_ms: v.optional(span),
  queue_limit: v.optional(count),
  token_lifetime: v.optional(v.number()),
});

export function adminRoutes(cloud: Cloud, faults: Faults, calls: Calls, processors: Processors): Route[] {
  return [
    ["GET", "/_sim/faults", () => ok({ faults: faults.list() })],
    [
      "POST",
      "/_sim/faults",
      (request) => read(FaultSchema, request, (fault) => created({ fault: faults.add(fault) })),
    ],
    ["DELETE", "/_sim/faults", () => then(() => faults.clear())],
    ["GET", "/_sim/calls", () => ok(calls.report())],
    ["DELETE", "/_sim/calls", () => then(() => calls.clear())],
    ["GET", "/_sim/load", () => ok(processors.load)],
    ["DELETE", "/_sim/load", () => then(() => processors.clear())],
    ["POST", "/_sim/agents", (request) => read(AgentSchema, request, (agent) => addAgent(cloud, agent))],
    [
      "POST",
      "/_sim/ports/:id/status",
      (request) =>
        read(PortStatusSchema, request, ({ status }) => setStatus(cloud, param(request, "id"), status)),
    ],
    [
      "POST",
      "/_sim/tokens/revoke",
      (request) => read(RevokeSchema, request, ({ id }) => ok({ revoked: revokeTokens(cloud, id) })),
    ],
    ["GET", "/_sim/settings", () => ok(cloud.settings)],
    ["POST", "/_sim/settings", (request) => read(SettingsSchema, request, (changes) => set(cloud, changes))],
  ];
}

function read<Schema extends v.GenericSchema>(
  schema: Schema,
  request: ApiRequest,
  use: (value: v.InferOutput<Schema>) => Reply,
): Reply {
  try {
    return use(v.parse(schema, request.body === "" ? {} : JSON.parse(request.body)));
  } catch (error) {
    if (v.isValiError(error)) return { status: 400, body: { error: v.summarize(error.issues) } };
    if (error instanceof SyntaxError) return { status: 400, body: { error: error.message } };
    throw error;
  }
}

function then(act: () => void): Reply {
  act();
  return noContent();
}

function addAgent(cloud: Cloud, agent: v.InferOutput<typeof AgentSchema>): Reply {
  return created({ agent: registerAgent(cloud, optionalEntries(agent)) });
}

function setStatus(cloud: Cloud, id: string, status: string): Reply {
  if (cloud.ports.get(id) === undefined) throw portNotFound(id);
  cloud.ports.update(id, { status });
  return noContent();
}

function set(cloud: Cloud, changes: v.InferOutput<typeof SettingsSchema>): Reply {
  changeSettings(cloud, optionalEntries(changes));
  return ok(cloud.settings);
}
