/** The node's pods in Kubernetes: what they ask for, without asking; and telling what became of them. */
export type { KnownPod } from "./known-pod.ts";
export { PodReporter, type PodReporterGauges, type PodReporterOptions } from "./pod-reporter.ts";
export { PodGone, PodWatch, type PodWatchGauges, type PodWatchOptions } from "./pod-watch.ts";
export type { AttachedPort } from "./wording.ts";
