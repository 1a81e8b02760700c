import * as v from "valibot";
import { documented } from "./documented.ts";
import { absolutePath, atLeastOne, count, listenAddress, NOT_AN_OBJECT, seconds } from "./values.ts";

/** Where the agent listens when the configuration does not say. The plugin looks for it there before it reads anything. */
export const DEFAULT_AGENT_SOCKET = "/run/skynet/agent.sock";

/** `agent`: the process on the node that keeps ports ready. */
export const AgentSchema = v.object(
  {
    socket: documented(v.optional(absolutePath, DEFAULT_AGENT_SOCKET), {
      title: "The agent's socket",
      description: "Where plugins and `skynet status` find the agent. It is root's alone.",
    }),
    metrics_address: documented(v.exactOptional(listenAddress), {
      title: "Where Prometheus finds the agent",
      description:
        "`ADDRESS:PORT` on which `/metrics`, `/healthz` and `/readyz` are served without authentication. " +
        "They are on the socket in any case.",
      examples: ["127.0.0.1:9476"],
    }),
    hot_ports_min: documented(v.optional(count, 2), {
      title: "Ports kept ready",
      description:
        "For each combination of network, subnet and security groups that pods have asked for lately, and for " +
        "the defaults. When fewer are ready, the agent makes more.",
    }),
    hot_ports_max: documented(v.optional(count, 10), {
      title: "Most ports kept ready",
      description:
        "Of one combination, those of deleted pods included; more are deleted. 0: none is ever made ahead of its pod.",
    }),
    hot_ports_batch: documented(v.optional(atLeastOne, 5), {
      title: "Ports made at a time",
      description: "In one request to Neutron.",
    }),
    hot_ports_cooldown: documented(v.optional(seconds, 30), {
      title: "Pause before a deleted pod's port is used again",
      description: "In seconds: what was on its way to the old pod must not reach the new one.",
    }),
    hot_ports_idle: documented(v.optional(seconds, 600), {
      title: "How long an unused combination is kept ready",
      description: "In seconds since a pod last asked for it; then its ports are deleted.",
    }),
    neutron_calls: documented(v.optional(atLeastOne, 4), {
      title: "Most requests to Neutron at a time",
      description: "Of this node. Waiting pods come first, deletes last.",
    }),
    reconcile_interval: documented(v.optional(seconds, 300), {
      title: "Time between two comparisons of store, kernel and Neutron",
      description: "In seconds.",
    }),
  },
  NOT_AN_OBJECT,
);
