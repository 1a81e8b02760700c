import { podIdentityUpdate } from "../../attachment/port-draft.ts";
import { extensionsOf } from "../../attachment/views.ts";
import type { World } from "../../attachment/world.ts";
import { messageOf } from "../../cni/errors.ts";
import { isOpenStackError } from "../../openstack/errors.ts";
import { Neutron } from "../../openstack/neutron/client.ts";
import { getPort, type Port, type PortUpdate, updatePort } from "../../openstack/neutron/ports.ts";
import type { AttachmentRecord } from "../../state/index.ts";
import type { Desk } from "./desk.ts";
import { pauseMs } from "./pause.ts";
import type { Site } from "./site.ts";

/** Pods of which Neutron is told at once. */
const AT_ONCE = 4;
const TELL_S = 60;
/** How often a port that others change at the same time is read again. */
const MOST_ATTEMPTS = 4;
/** What Neutron refuses for a reason of its own is tried again all the same, seldom. */
const REFUSED = { firstMs: 10_000, longestMs: 600_000 };

/** Tells Neutron, after the pods have their answers, whose their ports are. */
export class Naming {
  /** Pods whose ports Neutron refused to change, by the port's id. */
  readonly #refused = new Map<string, { failures: number; until: number }>();

  constructor(
    private readonly desk: Desk,
    private readonly endpoint: string,
  ) {}

  /** @returns when there is more to do, in milliseconds @throws where Neutron is away */
  async run(signal: AbortSignal): Promise<number | undefined> {
    const now = this.desk.now();
    const sites = new Map(this.desk.sitesOf(this.endpoint).map((site) => [site.network, site]));
    const all = this.desk.store.attachments.listIdentityDue();
    const ids = new Set(all.map(({ portId }) => portId));
    for (const portId of this.#refused.keys()) if (!ids.has(portId)) this.#refused.delete(portId);
    const due = all.flatMap((record) => {
      const site = sites.get(record.network);
      const isHere = site !== undefined && this.#isOfThisNeutron(record);
      return isHere && this.#refusedUntil(record) <= now ? [{ record, site }] : [];
    });
    const failures: unknown[] = [];
    const worker = async () => {
      for (let next = due.shift(); next !== undefined && !signal.aborted; next = due.shift()) {
        await this.#tell(next.site, next.record, signal).catch((error) => {
          failures.push(error);
          due.length = 0;
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (failures.length > 0) throw failures[0];
    const times = [...this.#refused.values()].map(({ until }) => until);
    return times.length === 0 ? undefined : Math.max(0, Math.min(...times) - this.desk.now());
  }

  /** Its pool tells the Neutron; where the pool is forgotten, the network's sites do, if there is but one. */
  #isOfThisNeutron({ pool = "", network }: AttachmentRecord): boolean {
    const known = this.desk.pools.get(pool);
    if (known !== undefined) return known.site.surroundings.endpointKey === this.endpoint;
    return [...this.desk.sites.values()].filter((site) => site.network === network).length === 1;
  }

  #refusedUntil({ portId = "" }: AttachmentRecord): number {
    return this.#refused.get(portId)?.until ?? 0;
  }

  /** @throws what tells of Neutron's absence; what concerns this port alone is logged and tried again */
  async #tell(site: Site, record: AttachmentRecord, signal: AbortSignal): Promise<void> {
    const { portId = "" } = record;
    const what = "telling Neutron whose a port is";
    const lane = (record.port as Port | undefined)?.network_id ?? "hot ports";
    const task = { what, seconds: TELL_S, priority: "pool", lane, signal } as const;
    try {
      await this.desk.errand(site, task, (world) => this.#update(world, site, record));
      this.#refused.delete(portId);
    } catch (error) {
      if (!isOpenStackError(error) || error.retryable || error.ambiguous) throw error;
      const failures = (this.#refused.get(portId)?.failures ?? 0) + 1;
      const pause = pauseMs(failures, this.desk.options.random(), REFUSED);
      this.#refused.set(portId, { failures, until: this.desk.now() + pause });
      site.log.warn("Neutron does not take over whose a port is", {
        port: portId,
        device: record.deviceId,
        error: messageOf(error),
      });
    }
  }

  async #update(world: World, site: Site, record: AttachmentRecord): Promise<void> {
    const { signal } = world.deadline;
    const neutron = new Neutron(world.neutron.session, await extensionsOf(world));
    const changes = podIdentityUpdate(neutron, record);
    let port = record.port as Port;
    for (let attempt = 1; this.#isStillDue(record); attempt++) {
      try {
        port =
          has(port, changes) && attempt > 1
            ? port
            : await updatePort(neutron, port.id, changes, signal, port.revision_number);
        this.desk.store.attachments.identified(record, port.id, port);
        this.desk.counters.identified += 1;
        return;
      } catch (error) {
        if (isOpenStackError(error, "notFound")) return this.#lost(site, record, error);
        if (!isOpenStackError(error, "revision") || attempt === MOST_ATTEMPTS) throw error;
      }
      const fresh = await getPort(neutron, port.id, signal).catch((error) => {
        if (!isOpenStackError(error, "notFound")) throw error;
        this.#lost(site, record, error);
      });
      if (fresh === undefined) return;
      port = fresh;
    }
  }

  /** The pod may be gone by now, and its port another's. */
  #isStillDue(record: AttachmentRecord): boolean {
    const now = this.desk.store.attachments.get(record);
    return now?.state === "attached" && now.portId === record.portId && now.identityDue !== undefined;
  }

  #lost(site: Site, record: AttachmentRecord, error: unknown): void {
    const { portId = "" } = record;
    this.desk.store.attachments.identified(record, portId, record.port);
    site.log.error("a pod's port was deleted in Neutron: the pod has no network any more; delete the pod", {
      port: portId,
      device: record.deviceId,
      pod: record.pod.name,
      error: messageOf(error),
    });
    this.desk.options.onPortGone(site, record);
  }
}

/** Whether Neutron was told already: the answer to an earlier request was lost. */
function has(port: Port, changes: PortUpdate): boolean {
  return Object.entries(changes).every(([key, value]) => port[key as keyof Port] === value);
}
