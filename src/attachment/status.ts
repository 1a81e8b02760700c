import { CniCode, CniError } from "../cni/errors.ts";
import { isOpenStackError, type OpenStackErrorKind } from "../openstack/errors.ts";
import type { World } from "./world.ts";

/** What the node last saw of Neutron. Runtimes ask for it every few seconds, so it is remembered, not asked anew. */
interface Verdict {
  /** Why no ADD can succeed; absent when all is well. */
  reason?: string;
  /** Probes in a row that got no answer in their short time. */
  unanswered: number;
}

const KEY = "status";
/** How long a verdict is believed without looking again. */
const FRESH_MS = 10_000;
/** What STATUS may wait for Neutron: containerd asks every 5 s, and its own caller is waiting. */
const PROBE_MS = 80;
/** A slow Neutron is not an absent one: so many probes in a row must go unanswered. */
const UNANSWERED_LIMIT = 6;
/** A full quota or subnet is believed for so long; then the next pod may try. */
const EXHAUSTED_MS = 30_000;

/** Failures that would meet the next pod, too. */
const SYSTEMIC: readonly OpenStackErrorKind[] = ["unreachable", "unauthorized", "tls", "unavailable"];
const EXHAUSTION: readonly OpenStackErrorKind[] = ["quota", "addressesExhausted"];

/**
 * Whether this node can serve an ADD.
 *
 * @throws {CniError} code 50 when it cannot, 51 when the pods that are there suffer as well
 */
export async function status(world: World): Promise<void> {
  const problems = await world.wiring.problems(world.deadline.signal);
  if (problems.length > 0) {
    throw new CniError(CniCode.limitedConnectivity, `this node's network is damaged: ${problems.join("; ")}`);
  }
  const reason = (await verdict(world)).reason ?? exhaustion(world);
  if (reason !== undefined && !hasPortsReady(world)) throw new CniError(CniCode.notAvailable, reason);
}

/** While the agent has ports ready, pods start whatever becomes of Neutron. */
function hasPortsReady({ agent, store, config }: World): boolean {
  return agent?.hotPorts !== undefined && store.hotPorts.hasReady(config.name);
}

/** Neutron has made a port, and the pod has it: all is well. */
export function recordSuccess(world: World): void {
  const known = read(world, FRESH_MS);
  if (known?.unanswered !== 0 || known.reason !== undefined) write(world, { unanswered: 0 });
  world.store.cache.delete(exhaustionKey(world));
}

/** An ADD failed: remembered when the next one would fail as well. */
export function recordFailure(world: World, error: unknown): void {
  if (isOpenStackError(error, ...SYSTEMIC)) write(world, { reason: error.message, unanswered: 0 });
  if (isOpenStackError(error, ...EXHAUSTION)) world.store.cache.set(exhaustionKey(world), error.message);
}

async function verdict(world: World): Promise<Verdict> {
  const known = read(world, FRESH_MS);
  if (known !== undefined) return known;
  const found = await probe(world, read(world, Number.MAX_SAFE_INTEGER)?.unanswered ?? 0);
  write(world, found);
  return found;
}

async function probe(world: World, unansweredBefore: number): Promise<Verdict> {
  try {
    await world.ping(AbortSignal.timeout(PROBE_MS));
    return { unanswered: 0 };
  } catch (error) {
    if (isOpenStackError(error) && error.kind !== "timeout") return { reason: error.message, unanswered: 0 };
    const unanswered = unansweredBefore + 1;
    if (unanswered < UNANSWERED_LIMIT) return { unanswered };
    return { reason: `Neutron did not answer ${unanswered} probes in a row`, unanswered };
  }
}

function exhaustion(world: World): string | undefined {
  return world.store.cache.get<string>(exhaustionKey(world), EXHAUSTED_MS);
}

function read(world: World, maxAgeMs: number): Verdict | undefined {
  return world.store.cache.get<Verdict>(`${KEY}/${world.endpointKey}`, maxAgeMs);
}

function write(world: World, verdict: Verdict): void {
  world.store.cache.set(`${KEY}/${world.endpointKey}`, verdict);
}

function exhaustionKey(world: World): string {
  return `exhausted/${world.endpointKey}`;
}
