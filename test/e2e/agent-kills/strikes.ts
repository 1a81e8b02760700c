/** What dies or freezes, when, and for how long. */

import type { Random } from "../random/random.ts";
import type { AskedFault } from "../simulator/cloud.ts";
import type { Arena } from "./arena.ts";
import { siteOf } from "./calls.ts";

export type Target = "agent 1" | "agent 2" | "Neutron" | "API server" | "switch";

export interface Strike {
  readonly target: Target;
  readonly kind: string;
  /** Milliseconds from the beginning of the round. */
  readonly at: number;
  /** Milliseconds until it is back; starting takes its own time. */
  readonly lasts: number;
  readonly blow: Blow;
}

interface Blow {
  begin(arena: Arena): Promise<void>;
  end(arena: Arena): Promise<void>;
}

/** Milliseconds of a round in which strikes come. */
const PERIOD = 900;

type Choice = readonly [weight: number, kind: string, blow: Blow];

const agentBlows = (node: 1 | 2): Choice[] => {
  const agentOf = (arena: Arena) => {
    const { agent } = siteOf(arena, node);
    if (agent === undefined) throw new Error("there is no agent to strike");
    return agent;
  };
  const start = (arena: Arena) => agentOf(arena).start();
  return [
    [6, "killed", { begin: (arena) => agentOf(arena).kill(), end: start }],
    [2, "stopped", { begin: (arena) => agentOf(arena).stop(), end: start }],
    [
      2,
      "frozen",
      {
        begin: async (arena) => agentOf(arena).signal("SIGSTOP"),
        end: async (arena) => agentOf(arena).signal("SIGCONT"),
      },
    ],
  ];
};

const neutronBlows: Choice[] = [
  [
    4,
    "killed",
    {
      begin: ({ neutronsPart }) => neutronsPart.server.kill(),
      end: ({ neutronsPart }) => neutronsPart.server.start(),
    },
  ],
  [
    2,
    "frozen",
    {
      begin: async ({ neutronsPart }) => neutronsPart.server.freeze(),
      end: async ({ neutronsPart }) => neutronsPart.server.thaw(),
    },
  ],
];

const apiServerBlows: Choice[] = [
  [3, "killed", { begin: ({ kubeApi }) => kubeApi.kill(), end: ({ kubeApi }) => kubeApi.start() }],
  [1, "hung", { begin: async ({ kubeApi }) => kubeApi.hang(), end: ({ kubeApi }) => kubeApi.recover() }],
];

const switchBlows: Choice[] = (["vswitchd", "ovsdb"] as const).flatMap((name): Choice[] => {
  const daemon = ({ neutronsPart }: Arena) => neutronsPart.openvswitch[name];
  const weight = name === "vswitchd" ? 3 : 1;
  return [
    [
      weight,
      `${name} killed`,
      {
        begin: async (arena) => {
          if (name === "ovsdb") await arena.neutronsPart.pauseTagging();
          await daemon(arena).kill();
        },
        end: async (arena) => {
          await daemon(arena).start();
          if (name === "ovsdb") await arena.neutronsPart.resumeTagging();
        },
      },
    ],
    [
      weight,
      `${name} frozen`,
      { begin: async (arena) => daemon(arena).freeze(), end: async (arena) => daemon(arena).thaw() },
    ],
  ];
});

/** The strikes of one round: up to three, each on something else. */
export function chooseStrikes(arena: Arena, random: Random): Strike[] {
  const targets: [number, Target][] = [
    ...(arena.sites[0]?.agent
      ? ([
          [5, "agent 1"],
          [5, "agent 2"],
        ] as [number, Target][])
      : []),
    [5, "Neutron"],
    [3, "API server"],
    [1, "switch"],
  ];
  const count = random.weighted([
    [1, 0],
    [5, 1],
    [4, 2],
    [2, 3],
  ]);
  const strikes: Strike[] = [];
  for (let made = 0; made < count; made++) {
    const left = targets.filter(([, target]) => !strikes.some((strike) => strike.target === target));
    const target = random.weighted(left);
    const [kind, blow] = chooseBlow(arena, target, random);
    strikes.push({ target, kind, blow, at: random.int(0, PERIOD), lasts: random.int(0, PERIOD) });
  }
  return strikes;
}

function chooseBlow(arena: Arena, target: Target, random: Random): [string, Blow] {
  const faults: Choice[] = arena.real ? [] : [[5, "faulty", faulty(chooseFault(random))]];
  const choices: Record<Target, readonly Choice[]> = {
    "agent 1": agentBlows(1),
    "agent 2": agentBlows(2),
    Neutron: [...neutronBlows, ...faults],
    "API server": apiServerBlows,
    switch: switchBlows,
  };
  return random.weighted(
    choices[target].map(([weight, kind, blow]) => [weight, [kind, blow] as [string, Blow]]),
  );
}

function faulty(fault: AskedFault): Blow {
  return { begin: ({ cloud }) => cloud.addFault(fault), end: ({ cloud }) => cloud.clearFaults() };
}

/** Of Neutron's calls about ports. None changes anything after it has ended. */
function chooseFault(random: Random): AskedFault {
  const method = random.pick(["POST", "POST", "PUT", "GET", "DELETE", undefined]);
  return {
    match: { path: "^/v2.0/ports", ...(method === undefined ? {} : { method }) },
    times: random.pick([1, 1, 2, 4, 0]),
    after: random.pick([0, 0, 1, 2]),
    action: random.weighted<AskedFault["action"]>([
      [3, { delay_ms: random.int(50, 500) }],
      [4, { status: random.pick([401, 409, 412, 429, 500, 503]) }],
      [3, { drop: "before-commit" }],
      [3, { drop: "after-commit" }],
      [1, { hang: true }],
      [1, { hang: "after-commit" }],
      [1, { garbage: true }],
    ]),
  };
}

/** Strikes when the time comes, and repairs it afterwards. @returns what could not be repaired */
export async function carryOutStrike(arena: Arena, strike: Strike): Promise<void> {
  await Bun.sleep(strike.at);
  arena.log.note(`strike: ${strike.target} ${strike.kind} for ${strike.lasts} ms`);
  arena.tally.count(`${strike.target.replace(/ \d$/, "")} ${strike.kind}`);
  await strike.blow.begin(arena);
  await Bun.sleep(strike.lasts);
  await strike.blow.end(arena);
  arena.log.note(`strike: ${strike.target} back`);
}
