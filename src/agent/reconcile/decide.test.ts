import { describe, expect, test } from "bun:test";
import { decide } from "./decide.ts";
import type { Repair } from "./decision.ts";
import type { Facts } from "./facts.ts";
import {
  attachment,
  deviceOf,
  entry,
  type FactsOptions,
  facts,
  hostEnd,
  hotPort,
  NOW,
  podEnd,
  port,
  portId,
  row,
  standIn,
} from "./test-support.ts";

const MINUTE = 60_000;

interface Case {
  readonly name: string;
  readonly facts: FactsOptions;
  /** Each repair in short; what the first pass already does, and what the one a few minutes later does. */
  readonly first?: readonly string[];
  readonly second?: readonly string[];
  readonly damaged?: readonly string[];
}

const gone = { netns: false, podEnd: "not looked at" } as const;
const away = { cloud: undefined };

const rows: Case[] = [
  {
    name: "all is well",
    facts: { attachments: [attachment(row("a"))], hostEnds: [hostEnd("a")], ports: [port("a")] },
  },
  {
    name: "an ADD is at work",
    facts: { attachments: [attachment(row("a", { state: "attaching" }), { atWork: true, ...gone })] },
  },
  {
    name: "an ADD died: at once",
    facts: { attachments: [attachment(row("a", { state: "attaching" }))] },
    first: ["interrupted-add a"],
    second: ["interrupted-add a"],
  },
  {
    name: "a row begun since the pass began",
    facts: { attachments: [attachment(row("a", { state: "attaching", createdAt: NOW }))] },
    second: ["interrupted-add a"],
  },
  {
    name: "a DEL may be at work, or have died",
    facts: { attachments: [attachment(row("a", { state: "detaching" }), gone)] },
    second: ["interrupted-del a"],
  },
  {
    name: "after a reboot: neither namespace nor host's end",
    facts: { attachments: [attachment(row("a"), gone)], ports: [port("a")] },
    second: ["gone-pod a"],
  },
  {
    name: "the same with Neutron away",
    facts: { attachments: [attachment(row("a"), gone)], ...away },
    second: ["gone-pod a"],
  },
  {
    name: "the namespace's path is gone, but something holds the namespace",
    facts: { attachments: [attachment(row("a"), gone)], hostEnds: [hostEnd("a")] },
  },
  {
    name: "the same, and the API server says that the pod is gone",
    facts: { attachments: [attachment(row("a"), gone)], hostEnds: [hostEnd("a")], podLives: () => false },
    second: ["gone-pod a"],
  },
  {
    name: "the pod is gone and its port's stand-in is back",
    facts: { attachments: [attachment(row("a"), gone)], hostEnds: [standIn("a")] },
    second: ["gone-pod a"],
  },
  {
    name: "the pod's end is missing",
    facts: { attachments: [attachment(row("a"), { podEnd: "missing" })], hostEnds: [hostEnd("a")] },
    damaged: ["a: the interface eth0 is missing in the container"],
  },
  {
    name: "the pod's end has another MAC",
    facts: { attachments: [attachment(row("a"), { podEnd: { mac: "02:00:00:00:00:01" } })] },
    damaged: ["a: the interface eth0 has another MAC, 02:00:00:00:00:01"],
  },
  {
    name: "the host's end is missing",
    facts: { attachments: [attachment(row("a"), { problems: ["the device tap is missing"] })] },
    damaged: ["a: the device tap is missing"],
  },
  {
    name: "the port of a living pod is gone from Neutron",
    facts: { attachments: [attachment(row("a"))], hostEnds: [hostEnd("a")], gone: [portId("a")] },
    damaged: [`a: its port ${portId("a")} is gone`],
  },
  {
    name: "the host's end is down",
    facts: {
      attachments: [attachment(row("a"), { problems: ["the device tap is down"] })],
      hostEnds: [hostEnd("a")],
    },
    first: ["host-end a"],
    second: ["host-end a"],
  },
  {
    name: "Neutron takes the port of a living pod for another's",
    facts: {
      attachments: [attachment(row("a"))],
      hostEnds: [hostEnd("a")],
      ports: [port("a", { device_id: deviceOf("b") })],
    },
    second: ["identity a"],
  },
  {
    name: "Neutron is yet to be told whose the port is",
    facts: {
      attachments: [attachment(row("a", { pool: "pool", identityDue: NOW }))],
      hostEnds: [hostEnd("a")],
      ports: [port("a", { device_id: "skynet:pool:1" })],
    },
  },
  {
    name: "a restored row whose port another pod has by now",
    facts: { attachments: [attachment(row("a"), gone)], hostEnds: [hostEnd("a", { owner: deviceOf("b") })] },
    first: [`stale-attachment a, now ${deviceOf("b")}`],
    second: [`stale-attachment a, now ${deviceOf("b")}`],
  },
  {
    name: "the same, and the other is alive: it gets its row",
    facts: {
      attachments: [attachment(row("a"), gone)],
      hostEnds: [hostEnd("a", { owner: deviceOf("b") })],
      ports: [port("a", { device_id: deviceOf("b") })],
      podEnds: [podEnd("a", { netns: "/run/netns/b" })],
    },
    first: [`stale-attachment a, now ${deviceOf("b")}`, "lost-attachment a for b in /run/netns/b"],
    second: [`stale-attachment a, now ${deviceOf("b")}`, "lost-attachment a for b in /run/netns/b"],
  },
  {
    name: "a row whose port Neutron knows as another's, with nothing on the node to contradict",
    facts: {
      attachments: [attachment(row("a"), gone)],
      ports: [port("a", { device_id: deviceOf("b") })],
      poolFor: () => undefined,
    },
    first: [`stale-attachment a, now ${deviceOf("b")}`],
    second: [`stale-attachment a, now ${deviceOf("b")}`, "stray-port a"],
  },
];

const hotRows: Case[] = [
  { name: "all is well", facts: { hotPorts: [hotPort("h")], hostEnds: [standIn("h")], ports: [port("h")] } },
  {
    name: "being made: its keeper's",
    facts: { hotPorts: [hotPort("h", { state: "making" }, undefined)], gone: [portId("h")] },
  },
  {
    name: "after a reboot: given up, with Neutron away too",
    facts: { hotPorts: [hotPort("h", {}, false)], ...away },
    first: ["unparked-hot-port h"],
    second: ["unparked-hot-port h"],
  },
  {
    name: "given up, and nobody has deleted it",
    facts: { hotPorts: [hotPort("h", { state: "leaving" }, false)], ports: [port("h")] },
    second: ["leaving-hot-port h"],
  },
  {
    name: "given up with Neutron away; and one whose kind has no stand-in",
    facts: { hotPorts: [hotPort("h", { state: "leaving" }, false), hotPortWithout("i")], ...away },
  },
  {
    name: "changed since the pass began",
    facts: { hotPorts: [hotPort("h", { changedAt: NOW }, false)] },
    second: ["unparked-hot-port h"],
  },
  {
    name: "gone from Neutron",
    facts: { hotPorts: [hotPort("h", {}, false)], gone: [portId("h")] },
    second: ["gone-hot-port h"],
  },
  {
    name: "a restored row whose port a pod has by now",
    facts: { hotPorts: [hotPort("h")], hostEnds: [hostEnd("h")], ...away },
    first: [`stale-hot-port h, now ${deviceOf("h")}`],
    second: [`stale-hot-port h, now ${deviceOf("h")}`],
  },
];

const poolPort = port("h", { device_id: "skynet:pool:1" });

const ports: Case[] = [
  {
    name: "a living pod without a row",
    facts: { ports: [port("a")], hostEnds: [hostEnd("a")], podEnds: [podEnd("a")] },
    first: ["lost-attachment a for a in /run/netns/a"],
    second: ["lost-attachment a for a in /run/netns/a"],
  },
  {
    name: "without a host's end, too: the pod's end tells",
    facts: { ports: [port("a")], podEnds: [podEnd("a")] },
    first: ["lost-attachment a for a in /run/netns/a"],
    second: ["lost-attachment a for a in /run/netns/a"],
  },
  {
    name: "of a recycled port the host's end knows better than Neutron",
    facts: {
      ports: [port("a", { device_id: deviceOf("old") })],
      hostEnds: [hostEnd("a")],
      podEnds: [podEnd("a")],
    },
    first: ["lost-attachment a for a in /run/netns/a"],
    second: ["lost-attachment a for a in /run/netns/a"],
  },
  {
    name: "a pod is behind it, but nobody can say where",
    facts: { ports: [port("a")], hostEnds: [hostEnd("a")] },
  },
  {
    name: "two namespaces have its MAC, or the interface has another name",
    facts: {
      ports: [port("a"), port("b")],
      podEnds: [podEnd("a"), podEnd("a", { netns: "/run/netns/x" }), podEnd("b", { ifname: "net1" })],
    },
  },
  { name: "nobody's", facts: { ports: [port("a")] }, second: ["stray-port a"] },
  {
    name: "it waited for a pod",
    facts: { ports: [poolPort], hostEnds: [standIn("h")] },
    second: ["lost-hot-port h to pool"],
  },
  {
    name: "it was a pod's and waited for another",
    facts: { ports: [port("h")], hostEnds: [standIn("h")] },
    second: ["lost-hot-port h to pool"],
  },
  {
    name: "it waited for a pod, in a pool that nobody knows",
    facts: { ports: [poolPort], hostEnds: [standIn("h")], poolFor: () => undefined },
    second: ["stray-port h"],
  },
  {
    name: "an ADD at work, a creation under way, a journal entry account for it",
    facts: {
      ports: [port("a"), poolPort, port("j")],
      attachments: [attachment(rowWithoutPort("a"), { atWork: true, ...gone })],
      hotPorts: [makingHotPort("skynet:pool:1")],
      journal: [entry("j")],
    },
  },
  {
    name: "another cluster's, another network's with a store of its own, without tags",
    facts: {
      ports: [
        port("a", { tags: ["skynet", "skynet-cluster=other", "skynet-network=pods"] }),
        port("b", { tags: ["skynet", "skynet-cluster=k8s", "skynet-network=storage"] }),
        port("c", { tags: [] }),
      ],
    },
  },
];

const devices: Case[] = [
  { name: "nobody's", facts: { hostEnds: [hostEnd("a")] }, second: [`stray-device ${hostEnd("a").name}`] },
  { name: "Neutron is away: it may have a port", facts: { hostEnds: [hostEnd("a")], ...away } },
  {
    name: "another cluster's port accounts for it",
    facts: { hostEnds: [hostEnd("a")], ports: [port("a", { tags: ["skynet", "skynet-cluster=other"] })] },
  },
  {
    name: "several are swept at once; deletes that are due are done",
    facts: { hostEnds: [hostEnd("a"), standIn("b")], due: ["pods"] },
    first: ["pending-delete pods"],
    second: ["pending-delete pods", `stray-device ${hostEnd("a").name} ${standIn("b").name}`],
  },
];

describe.each([
  ["an attachment's row", rows],
  ["the row of a port without a pod", hotRows],
  ["a port in Neutron without a row", ports],
  ["a device without a row", devices],
] as const)("%s", (_, cases) => {
  test.each(cases)("$name", ({ facts: given, first = [], second = [], damaged = [] }) => {
    const once = decide(facts(given), new Map());
    expect(once.repairs.map(inShort)).toEqual([...first]);
    expect(once.damaged.map(({ key, problems }) => `${key.containerId}: ${problems.join(", ")}`)).toEqual([
      ...damaged,
    ]);
    const later = decide(facts({ ...given, at: NOW + 5 * MINUTE }), once.suspicions);
    expect(later.repairs.map(inShort)).toEqual([...second]);
  });
});

test("two passes in quick succession are not two", () => {
  const given = { attachments: [attachment(row("a"), gone)], ports: [port("a"), port("b")] };
  const once = decide(facts(given), new Map());
  const soon = decide(facts({ ...given, at: NOW + 5_000 }), once.suspicions);
  expect(soon.repairs).toEqual([]);
  const later = decide(facts({ ...given, at: NOW + 30_000 }), soon.suspicions);
  expect(later.repairs.map(inShort)).toEqual(["gone-pod a"]);
  const muchLater = decide(facts({ ...given, at: NOW + 60_000 }), later.suspicions);
  expect(muchLater.repairs.map(inShort)).toEqual(["gone-pod a", "stray-port b"]);
});

test("what was well in between is suspected anew", () => {
  const broken = facts({ attachments: [attachment(row("a"), gone)] });
  const well = facts({ attachments: [attachment(row("a"))] });
  const between = decide(well, decide(broken, new Map()).suspicions);
  expect(between.suspicions.size).toBe(0);
  expect(decide({ ...broken, at: NOW + 5 * MINUTE }, between.suspicions).repairs).toEqual([]);
});

function hotPortWithout(name: string): Facts["hotPorts"][number] {
  return { ...hotPort(name), parked: undefined };
}

function rowWithoutPort(containerId: string) {
  const { portId: _, wiring: __, ...record } = row(containerId, { state: "attaching" });
  return record;
}

function makingHotPort(deviceId: string): Facts["hotPorts"][number] {
  const { portId: _, wiring: __, ...record } = hotPort("h", { state: "making", deviceId }).record;
  return { record, parked: undefined };
}

/** The kind, and the name that the test gave to what it is about. */
function inShort(repair: Repair): string {
  const { kind } = repair;
  switch (kind) {
    case "stale-attachment":
    case "stale-hot-port":
      return `${kind} ${nameOf(repair.record.portId)}, now ${repair.owner}`;
    case "lost-attachment":
      return `${kind} ${nameOf(repair.port.id)} for ${repair.key.containerId} in ${repair.netns}`;
    case "lost-hot-port":
      return `${kind} ${nameOf(repair.port.id)} to ${repair.pool}`;
    case "stray-port":
      return `${kind} ${nameOf(repair.port.id)}`;
    case "stray-device":
      return `${kind} ${repair.names.join(" ")}`;
    case "pending-delete":
      return `${kind} ${repair.network}`;
    default:
      return `${kind} ${nameOf(repair.record.portId)}`;
  }
}

function nameOf(id: string | undefined): string {
  return ["a", "b", "c", "h", "i", "j"].find((name) => portId(name) === id) ?? `unknown ${id}`;
}
