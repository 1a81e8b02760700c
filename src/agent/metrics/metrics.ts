/** Every metric of the agent: names with their units, labels, and what each means. */
import { VERSION } from "../../version.ts";
import type { Registry } from "./registry.ts";

/** Seconds, from what a hot port takes to what a slow Neutron takes. */
const REQUEST_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];
/** Seconds, of one call to Neutron. */
const NEUTRON_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export type Metrics = ReturnType<typeof declareMetrics>;

/** Declares all metrics in `registry`. Who knows a value adds to it, or says with `from` where it is read. */
export function declareMetrics(registry: Registry) {
  const metrics = {
    ...declareVerbs(registry),
    ...declarePorts(registry),
    ...declareNeutron(registry),
    ...declareUpkeep(registry),
    buildInfo: registry.gauge({
      name: "skynet_build_info",
      help: "Always 1; says which version runs.",
      labels: ["version"],
    }),
  };
  metrics.buildInfo.from(() => [[{ version: VERSION }, 1]]);
  return metrics;
}

function declareVerbs(registry: Registry) {
  return {
    cniRequests: registry.counter({
      name: "skynet_cni_requests_total",
      help: "CNI requests that were answered, by verb and result: ok, or the code of the CNI error.",
      labels: ["verb", "result"],
    }),
    cniDuration: registry.histogram({
      name: "skynet_cni_request_duration_seconds",
      help: "Time from a CNI request's arrival at the agent to its answer.",
      labels: ["verb"],
      buckets: REQUEST_BUCKETS,
    }),
    cniInFlight: registry.gauge({
      name: "skynet_cni_requests_in_flight",
      help: "CNI requests that are not answered yet.",
    }),
  };
}

function declarePorts(registry: Registry) {
  const metrics = {
    hotPorts: registry.gauge({
      name: "skynet_hot_ports",
      help: "Ports without a pod, by Neutron network and state.",
      labels: ["network", "state"],
    }),
    hotPortClaims: registry.readCounter({
      name: "skynet_hot_port_claims_total",
      help: "Pods that asked for what a hot port can be, and got one (hit) or found none (miss).",
      labels: ["result"],
    }),
    hotPortsCreated: registry.readCounter({
      name: "skynet_hot_ports_created_total",
      help: "Hot ports that were made in Neutron.",
    }),
    hotPortsDeleted: registry.readCounter({
      name: "skynet_hot_ports_deleted_total",
      help: "Hot ports that were deleted from Neutron, by reason.",
      labels: ["reason"],
    }),
    attachments: registry.gauge({
      name: "skynet_attachments",
      help: "Attachments of pods in the node's store, by state.",
      labels: ["state"],
    }),
    identityPending: registry.gauge({
      name: "skynet_identity_pending",
      help: "Attachments whose port does not yet carry the pod's name and ids in Neutron.",
    }),
    journalEntries: registry.gauge({
      name: "skynet_journal_entries",
      help: "Work that is left to do once Neutron or the switch is back.",
    }),
    journalOldest: registry.gauge({
      name: "skynet_journal_oldest_seconds",
      help: "Age of the oldest work that is left to do; 0 without any.",
    }),
  };
  return metrics;
}

function declareNeutron(registry: Registry) {
  return {
    neutronRequests: registry.counter({
      name: "skynet_neutron_requests_total",
      help: "Calls to Neutron, each attempt by itself, by method and collection, and result: ok, or the kind of failure.",
      labels: ["operation", "result"],
    }),
    neutronDuration: registry.histogram({
      name: "skynet_neutron_request_duration_seconds",
      help: "Time of one attempt of a call to Neutron, without waiting for its turn.",
      labels: ["operation"],
      buckets: NEUTRON_BUCKETS,
    }),
    neutronInFlight: registry.gauge({
      name: "skynet_neutron_requests_in_flight",
      help: "Calls to Neutron under way.",
    }),
    neutronWaiting: registry.gauge({
      name: "skynet_neutron_waiting",
      help: "Calls to Neutron that wait for their turn, by priority.",
      labels: ["priority"],
    }),
    neutronBackOff: registry.gauge({
      name: "skynet_neutron_back_off_seconds",
      help: "For how long calls to Neutron are still held back because it refused some for load; 0 when they are not.",
    }),
    neutronUp: registry.gauge({
      name: "skynet_neutron_up",
      help: "Whether Neutron answered the last call; 1 before the first one.",
    }),
  };
}

function declareUpkeep(registry: Registry) {
  return {
    reconcileRuns: registry.counter({
      name: "skynet_reconcile_runs_total",
      help: "Comparisons of store, kernel, Neutron and pods, by result.",
      labels: ["result"],
    }),
    reconcileRepairs: registry.counter({
      name: "skynet_reconcile_repairs_total",
      help: "What those comparisons put right, by kind.",
      labels: ["kind"],
    }),
    watchSynced: registry.gauge({
      name: "skynet_kubernetes_watch_synced",
      help: "Whether the node's pods are known and followed (1) or not (0).",
    }),
    reports: registry.readCounter({
      name: "skynet_kubernetes_reports_total",
      help: "Reports about pods to the API server, by result; needless: the pod was gone, or enough had been said.",
      labels: ["result"],
    }),
  };
}
