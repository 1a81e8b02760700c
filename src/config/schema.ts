/**
 * The configuration file: one schema that validates it, types it, and is the source of
 * docs/configuration.schema.json and of the tables in docs/configuration.md (scripts/schema.ts).
 */
import * as v from "valibot";
import { AgentSchema } from "./agent.ts";
import { documented } from "./documented.ts";
import { KubernetesSchema } from "./kubernetes.ts";
import { NeutronSchema } from "./neutron.ts";
import { DeadlinesSchema, nodeEntries } from "./node.ts";
import { OpenStackSchema } from "./openstack.ts";
import { PluginSchema } from "./plugin.ts";

/** The sections by their key in the file. */
export const sections = {
  neutron: NeutronSchema,
  openstack: OpenStackSchema,
  plugin: PluginSchema,
  kubernetes: KubernetesSchema,
  agent: AgentSchema,
  deadlines: DeadlinesSchema,
};

export const ConfigSchema = v.object(
  {
    ...nodeEntries,
    neutron: documented(v.optional(sections.neutron, {}), { title: "Neutron" }),
    openstack: documented(v.optional(sections.openstack, {}), { title: "OpenStack credentials" }),
    plugin: documented(sections.plugin, { title: "Connection to the node's network" }),
    kubernetes: documented(v.optional(sections.kubernetes, {}), { title: "Kubernetes" }),
    agent: documented(v.optional(sections.agent, {}), { title: "Agent" }),
    deadlines: documented(v.optional(sections.deadlines, {}), { title: "Deadlines, in seconds" }),
  },
  "the configuration must be a JSON object",
);

/** What the file says, with defaults that depend on nothing else. */
export type FileConfig = v.InferOutput<typeof ConfigSchema>;
