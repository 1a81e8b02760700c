import type { Logger } from "../log.ts";
import { declareMetrics, type Metrics } from "./metrics/metrics.ts";
import { NeutronMeter } from "./metrics/neutron-meter.ts";
import { declareProcess } from "./metrics/process.ts";
import { Registry } from "./metrics/registry.ts";

/** What the agent measures itself by. */
export interface Instruments {
  readonly registry: Registry;
  readonly metrics: Metrics;
  /** The lines in which calls to Neutron wait, and what they have come to. */
  readonly neutron: NeutronMeter;
}

/** @param neutronCalls how many calls to one Neutron may be under way at once */
export function openInstruments(log: Logger, neutronCalls: number): Instruments {
  const registry = new Registry((metric, error) => log.warn("a metric cannot be read", { metric, error }));
  const metrics = declareMetrics(registry);
  declareProcess(registry);
  return { registry, metrics, neutron: new NeutronMeter(metrics, neutronCalls) };
}
