import type { Logger } from "../../log.ts";
import type { Damage, RepairKind } from "./decision.ts";

/** How one pass went: for status, metrics and the log. */
export interface Report {
  /** Milliseconds since the epoch. */
  readonly began: number;
  /** How long it took, in milliseconds. */
  readonly ms: number;
  /** `node`: only the node itself was looked at; `all`: Neutron, too. */
  readonly scope: Scope;
  /** Why Neutron could not be asked, where it was to be. */
  readonly neutron: "answered" | "not asked" | { readonly away: string };
  /** What was put right, by kind; those not named: nothing. */
  readonly repairs: Readonly<Partial<Record<RepairKind, number>>>;
  /** What only making the pod anew can put right. */
  readonly damaged: readonly Damage[];
  /** What looks wrong and may be something that is only just happening: the next pass will tell. */
  readonly suspicions: number;
  /** What could not be put right now, and why: the next pass tries again. */
  readonly failures: readonly string[];
}

export type Scope = "node" | "all";

/** Each repair in words, for people. */
const REPAIRS: Readonly<Record<RepairKind, string>> = {
  "interrupted-add": "attachments whose ADD died were taken back",
  "interrupted-del": "removals that died were finished",
  "gone-pod": "attachments were removed whose pods are gone",
  "stale-attachment": "attachments were forgotten whose ports are others' by now",
  "stale-hot-port": "ready ports were forgotten that pods have by now",
  "host-end": "host's ends were put right",
  identity: "ports were told whose they are",
  "unparked-hot-port": "ready ports were given up that are not wired any more",
  "leaving-hot-port": "ready ports were deleted that had been given up",
  "gone-hot-port": "ready ports were forgotten that are gone from Neutron",
  "lost-attachment": "living pods got back the rows that the store had lost",
  "lost-hot-port": "ports without a pod got back into their pools",
  "stray-port": "ports were deleted that nothing accounts for",
  "stray-device": "devices were removed that nothing accounts for",
  "pending-delete": "deletes that had to wait were done",
};

/** What was done, each time; what stays as it was, once. */
export function logReport(log: Logger, report: Report, before: Report | undefined): void {
  for (const [kind, count] of Object.entries(report.repairs)) {
    log.warn(`put right: ${REPAIRS[kind as RepairKind]}`, { count });
  }
  const known = new Set(before?.damaged.map((damage) => JSON.stringify(damage)));
  for (const damage of report.damaged) {
    if (known.has(JSON.stringify(damage))) continue;
    const { key, pod, problems } = damage;
    log.warn("an attachment is damaged; delete the pod to have it made anew", {
      container: key.containerId,
      interface: key.ifname,
      pod,
      problems: problems.join("; "),
    });
  }
  const failures = report.failures.filter((failure) => !before?.failures.includes(failure));
  for (const error of failures) log.warn("could not be put right now", { error });
  log.debug("compared store, kernel and Neutron", {
    ms: Math.round(report.ms),
    neutron: report.neutron,
    suspicions: report.suspicions,
  });
}
