import type { Parts } from "./compose.ts";
import type { AgentCore } from "./part.ts";

/** Says where the values are read that nobody counts as they happen. They are read when Prometheus asks. */
export function connectMetrics(
  { instruments: { metrics }, home, atWork }: AgentCore,
  { hotPorts, pods }: Parts,
): void {
  const { store } = home.surroundings;
  metrics.cniInFlight.from(() => [[{}, atWork()]]);
  metrics.hotPorts.from(() =>
    hotPorts
      .snapshot()
      .pools.flatMap(({ networkId, counts }) =>
        Object.entries(counts).map(([state, count]) => ({ network: networkId, state, count })),
      )
      .reduce(addUp, [])
      .map(({ count, ...labels }) => [labels, count]),
  );
  metrics.hotPortClaims.from(() =>
    Object.entries(hotPorts.counts.claims).map(([result, count]) => [{ result }, count]),
  );
  metrics.hotPortsCreated.from(() => [[{}, hotPorts.counts.created]]);
  metrics.hotPortsDeleted.from(() =>
    Object.entries(hotPorts.counts.deleted).map(([reason, count]) => [{ reason }, count]),
  );
  metrics.attachments.from(() => {
    const rows = store.attachments.list();
    return (["attaching", "attached", "detaching"] as const).map((state) => [
      { state },
      rows.filter((row) => row.state === state).length,
    ]);
  });
  metrics.identityPending.from(() => [[{}, store.attachments.listIdentityDue().length]]);
  metrics.journalEntries.from(() => [[{}, store.journal.list().length]]);
  metrics.journalOldest.from(() => {
    const created = store.journal.list().map(({ createdAt }) => createdAt);
    return [[{}, created.length === 0 ? 0 : (Date.now() - Math.min(...created)) / 1000]];
  });
  metrics.watchSynced.from(() => [[{}, Number(pods.gauges.watch?.synced ?? false)]]);
  metrics.reports.from(() => {
    const { sent = 0, dropped = 0, needless = 0 } = pods.gauges.reports ?? {};
    return Object.entries({ sent, dropped, needless }).map(([result, count]) => [{ result }, count]);
  });
}

interface Count {
  network: string;
  state: string;
  count: number;
}

/** Two pools may be of one network: with other groups, or another subnet. */
function addUp(sums: Count[], next: Count): Count[] {
  const sum = sums.find(({ network, state }) => network === next.network && state === next.state);
  if (sum === undefined) return [...sums, { ...next }];
  sum.count += next.count;
  return sums;
}
