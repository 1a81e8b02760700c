/** The agent dies before or after each of its changes to store, node and Neutron, and another one takes over. */
import { expect, test } from "bun:test";
import type { ApiSession } from "../../openstack/api-session.ts";
import { Neutron } from "../../openstack/neutron/client.ts";
import type { Surroundings } from "../../verbs/world.ts";
import type { Wiring } from "../../wiring/wiring.ts";
import { cleanUpAfterEach, eventually, type TestNode, testNode } from "./test-support.ts";

cleanUpAfterEach();

/** Lives that are tried at the same time. */
const AT_ONCE = 6;

/** An agent's life: it ends at a step, and then nothing that it does has any effect. */
class Life {
  isOver = false;
  /** What it died at. */
  last = "";

  constructor(private steps: number) {}

  step(what: string): void {
    if (!this.isOver && this.steps-- > 0) return;
    this.last ||= what;
    this.isOver = true;
    throw new Error("killed");
  }

  /** `target`, whose `methods` are steps. */
  bound<T extends object>(target: T, methods: readonly (keyof T & string)[]): T {
    return new Proxy(target, {
      get: (_target, name) => {
        const value = target[name as keyof T];
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          if (methods.includes(name as keyof T & string)) this.step(String(name));
          return value.apply(target, args);
        };
      },
    });
  }

  session(session: ApiSession): ApiSession {
    return {
      settings: session.settings,
      projectId: (signal) => session.projectId(signal),
      with: (turn) => this.session(session.with(turn)),
      request: async (request) => {
        const what = `${request.method} ${request.path.split("?")[0]}`;
        if (request.method !== "GET") this.step(`before ${what}`);
        const reply = await session.request(request);
        this.step(`after ${what}`);
        return reply;
      },
    };
  }

  surroundings(all: Surroundings): Surroundings {
    const { store, neutron, wiring } = all;
    const parking = wiring.parking({ kind: "stub", portId: "" });
    const parks = parking && this.bound(parking, ["park"]);
    const bound: Wiring = Object.assign(this.bound(wiring, ["unplug", "tidy"]), {});
    return {
      ...all,
      neutron: new Neutron(this.session(neutron.session), []),
      wiring: new Proxy(bound, {
        get: (target, name) => (name === "parking" ? () => parks : target[name as keyof Wiring]),
      }),
      store: {
        ...store,
        attachments: this.bound(store.attachments, ["identified"]),
        hotPorts: this.bound(store.hotPorts, ["making", "created", "made", "move", "forget"]),
        pools: this.bound(store.pools, ["asked", "forget"]),
      },
    };
  }
}

/** Everything that a pool does, as far as the agent's life lasts. */
async function live(node: TestNode, life: Life): Promise<void> {
  const during = (holds: () => boolean, what: string) => eventually(() => life.isOver || holds(), what);
  const { manager } = node;
  await during(() => node.states().hot === 2, "two ports are hot");
  if (life.isOver) return;
  const target = await node.target();
  const pods = [node.add(target, "a"), node.add(target, "b")];
  await during(() => manager.snapshot().identityDue === 0, "Neutron knows the pods");
  await during(() => (node.states().hot ?? 0) >= 2, "the pool is full again");
  if (life.isOver) return;
  const [pod] = pods;
  if (pod !== undefined) node.del(pod.key);
  await during(() => manager.snapshot().counters.recycled === 1, "its port has cooled");
  if (!life.isOver)
    await Promise.race([manager.releaseAll(AbortSignal.timeout(5_000)), during(() => false, "it ends")]);
}

/** What store, node and Neutron have of the ports that there are for good. */
async function estate(node: TestNode) {
  const waiting = node.store.hotPorts.list().filter(({ portId }) => portId !== undefined);
  const attached = node.store.attachments.list().filter(({ portId }) => portId !== undefined);
  const ids = (ports: readonly { portId?: string }[]) => ports.map(({ portId = "" }) => portId);
  return {
    store: [...ids(waiting), ...ids(attached)].sort(),
    neutron: (await node.ports()).map(({ id }) => id).sort(),
    parked: node.wiring.hostEnds().filter(({ parked }) => parked).length,
    waiting: waiting.length,
  };
}

async function survives(steps: number): Promise<string> {
  const node = await testNode({ agent: { hot_ports_min: 2, hot_ports_max: 6, hot_ports_batch: 2 } });
  const life = new Life(steps);
  await node.restart(life.surroundings(node.surroundings));
  await live(node, life).catch((error) => {
    if (!life.isOver) throw error;
  });
  const died = life.last;
  life.isOver = true;
  await node.restart();
  const isSettled = () => {
    const { hot = 0, making: _lost, ...others } = node.states();
    return hot >= 2 && Object.keys(others).length === 0 && node.manager.snapshot().identityDue === 0;
  };
  await eventually(isSettled, `all has settled after the death at step ${steps}, ${died}`);
  const { store, neutron, parked, waiting } = await estate(node);
  expect(neutron, `ports after the death at step ${steps}, ${died}`).toEqual(store);
  expect(parked, `stand-ins after the death at step ${steps}, ${died}`).toBe(waiting);
  return died;
}

test("whenever it dies, the next agent puts everything right", async () => {
  const deaths: string[] = [];
  for (let steps = 0; deaths.length === steps; steps += AT_ONCE) {
    const lives = Array.from({ length: AT_ONCE }, (_, more) => survives(steps + more));
    deaths.push(...(await Promise.all(lives)).filter((died) => died !== ""));
  }
  expect(deaths.length).toBeGreaterThan(40);
}, 120_000);
