import { expect, test } from "bun:test";
import { Turns } from "./turns.ts";

const never = new AbortController().signal;

/** Asks for turns and writes down in which order they came, each with what gives it back. */
class Crowd {
  readonly served: string[] = [];
  readonly giveBack = new Map<string, () => void>();

  constructor(readonly turns: Turns) {}

  async ask(network: string, name: string, signal = never): Promise<void> {
    const giveBack = await this.turns.take(network, signal);
    this.served.push(name);
    this.giveBack.set(name, giveBack);
  }

  async askAll(network: string, names: readonly string[]): Promise<void> {
    for (const name of names) void this.ask(network, name);
    await Bun.sleep(0);
  }

  async end(name: string): Promise<void> {
    this.giveBack.get(name)?.();
    await Bun.sleep(0);
  }
}

test("a network has so many at work, in the order they came; each that ends lets in the next", async () => {
  const crowd = new Crowd(new Turns({ total: 10, perNetwork: 2 }));
  await crowd.askAll("a", ["a1", "a2", "a3", "a4"]);
  expect(crowd.served).toEqual(["a1", "a2"]);
  await crowd.end("a2");
  await crowd.end("a1");
  expect(crowd.served).toEqual(["a1", "a2", "a3", "a4"]);
});

test("what becomes free goes to each network in turn, however many wait in one", async () => {
  const crowd = new Crowd(new Turns({ total: 2, perNetwork: 2 }));
  await crowd.askAll("a", ["a1", "a2", "a3", "a4", "a5"]);
  await crowd.askAll("b", ["b1", "b2", "b3"]);
  expect(crowd.served).toEqual(["a1", "a2", "b1"]);
  for (const name of ["a1", "a2", "b1", "a3"]) await crowd.end(name);
  expect(crowd.served).toEqual(["a1", "a2", "b1", "a3", "b2", "a4"]);
});

test("a network with none at work gets its first in although stuck ones have used up the total", async () => {
  const crowd = new Crowd(new Turns({ total: 4, perNetwork: 4 }));
  await crowd.askAll("stuck", ["s1", "s2", "s3", "s4", "s5"]);
  await crowd.askAll("well", ["w1", "w2"]);
  expect(crowd.served).toEqual(["s1", "s2", "s3", "s4", "w1"]);
  await crowd.end("w1");
  expect(crowd.served.at(-1)).toBe("w2");
});

test("who gives up before the turn leaves the line, and the next one is not held up", async () => {
  const turns = new Turns({ total: 1, perNetwork: 1 });
  const crowd = new Crowd(turns);
  const patience = new AbortController();
  await crowd.askAll("a", ["a1"]);
  const waiting = crowd.ask("a", "a2", patience.signal);
  await crowd.askAll("a", ["a3"]);
  patience.abort(new Error("too late"));
  await expect(waiting).rejects.toThrow("too late");
  await crowd.end("a1");
  expect(crowd.served).toEqual(["a1", "a3"]);
});

test("whose time is over already does not wait at all", async () => {
  const turns = new Turns();
  await expect(turns.take("a", AbortSignal.abort(new Error("over")))).rejects.toThrow("over");
  expect(turns.load()).toEqual([]);
});

test("the load is told by network, and idle ones are forgotten", async () => {
  const turns = new Turns({ total: 10, perNetwork: 1 });
  const crowd = new Crowd(turns);
  await crowd.askAll("a", ["a1", "a2"]);
  expect(turns.load()).toEqual([{ network: "a", waiting: 1, atWork: 1 }]);
  await crowd.end("a1");
  await crowd.end("a2");
  expect(turns.load()).toEqual([]);
});
