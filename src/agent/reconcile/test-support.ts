/** Facts for tests: a node on which all is well, and what is different about it. */
import { deviceIdOf, tagsOf } from "../../attachment/identity.ts";
import type { Port } from "../../openstack/neutron/ports.ts";
import { fakePort } from "../../openstack/test-support.ts";
import type { AttachmentRecord, HotPortRecord, PendingDelete } from "../../state/index.ts";
import { tapName } from "../../wiring/names.ts";
import type { FoundPodEnd } from "../../wiring/pod-search.ts";
import type { HostEnd } from "../../wiring/wiring.ts";
import type { AttachmentFacts, Facts, HotPortFacts } from "./facts.ts";

/** When passes of tests begin: some while after everything was made. */
export const NOW = 1_800_000_000_000;

/** `port1` → an id as Neutron makes them. */
export function portId(name: string): string {
  return `${Bun.hash(name).toString(16).padStart(16, "0").slice(0, 8)}-${name.padEnd(4, "0").slice(0, 4)}-4111-8111-111111111111`;
}

/** The container's device_id. */
export function deviceOf(containerId: string): string {
  return deviceIdOf({ containerId, ifname: "eth0" });
}

/** A container that is attached to the port of the same name. */
export function row(containerId: string, more: Partial<AttachmentRecord> = {}): AttachmentRecord {
  const id = portId(containerId);
  return {
    network: "pods",
    containerId,
    ifname: "eth0",
    state: "attached",
    deviceId: deviceOf(containerId),
    netns: `/run/netns/${containerId}`,
    pod: { namespace: "shop", name: containerId, uid: `uid-${containerId}` },
    portId: id,
    wiring: { kind: "linuxbridge", portId: id, hostEnd: tapName(id) },
    owner: { pid: 1, start: "1" },
    createdAt: NOW - 600_000,
    expiresAt: NOW - 500_000,
    ...more,
  };
}

/** What there is of an attachment where all is well. */
export function attachment(
  record: AttachmentRecord,
  more: Partial<Omit<AttachmentFacts, "record">> = {},
): AttachmentFacts {
  return { record, atWork: false, netns: true, podEnd: "as answered", problems: [], ...more };
}

export function hotPort(
  name: string,
  more: Partial<HotPortRecord> = {},
  parked: boolean | undefined = true,
): HotPortFacts {
  const id = portId(name);
  const record: HotPortRecord = {
    id: 1,
    pool: "pool",
    network: "pods",
    deviceId: `skynet:pool:${name}`,
    state: "hot",
    portId: id,
    wiring: { kind: "linuxbridge", portId: id, hostEnd: tapName(id) },
    changedAt: NOW - 600_000,
    ...more,
  };
  return { record, parked };
}

/** The port of a container, or of a pool, as Neutron has it. */
export function port(name: string, more: Partial<Port> = {}): Port {
  const id = portId(name);
  return fakePort({
    id,
    mac_address: macOf(name),
    device_id: deviceOf(name),
    tags: tagsOf("k8s", "pods", undefined),
    ...more,
  });
}

export function macOf(name: string): string {
  const hash = Bun.hash(name).toString(16).padStart(16, "0");
  return `fa:16:3e:${hash.slice(0, 2)}:${hash.slice(2, 4)}:${hash.slice(4, 6)}`;
}

/** The host's end of a port, with a pod behind it: by default the port's own. */
export function hostEnd(name: string, more: Partial<HostEnd> = {}): HostEnd {
  return { name: tapName(portId(name)), owner: deviceOf(name), parked: false, ...more };
}

export function standIn(name: string): HostEnd {
  return { name: tapName(portId(name)), parked: true };
}

export function podEnd(name: string, more: Partial<FoundPodEnd> = {}): FoundPodEnd {
  return { netns: `/run/netns/${name}`, ifname: "eth0", mac: macOf(name), ...more };
}

export function entry(name: string): PendingDelete {
  return {
    id: 1,
    network: "pods",
    deviceId: deviceOf(name),
    portId: portId(name),
    reason: "Neutron was away",
    attempts: 1,
    createdAt: NOW,
    notBefore: NOW,
    dueAt: NOW,
  };
}

/** A node with nothing on it, and Neutron at hand. */
export function facts({ ports = [], gone = [], ...more }: FactsOptions = {}): Facts {
  return {
    at: NOW,
    attachments: [],
    hotPorts: [],
    journal: [],
    due: [],
    hostEnds: [],
    podEnds: [],
    cloud: { ports, gone: new Set(gone) },
    podLives: () => undefined,
    poolFor: () => "pool",
    clusterTag: "skynet-cluster=k8s",
    networks: new Set(["pods"]),
    ...more,
  };
}

export interface FactsOptions extends Partial<Facts> {
  readonly ports?: readonly Port[];
  readonly gone?: readonly string[];
}
