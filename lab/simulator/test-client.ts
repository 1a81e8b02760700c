/** A simulator and a client of it, for the tests of one block. */
import { afterAll, beforeAll } from "bun:test";
import { type Simulator, type SimulatorOptions, startSimulator } from "./server.ts";

export type Json = Record<string, unknown>;

export function client(simulator: () => Simulator, fixed: Record<string, string> = {}) {
  return async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(simulator().url + path, {
      method,
      headers: { ...fixed, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? {} : JSON.parse(text)) as Json,
    };
  };
}

/** Started before the tests of the block that calls this, stopped after them. */
export function started(options: SimulatorOptions): () => Simulator {
  let simulator: Simulator;
  beforeAll(() => {
    simulator = startSimulator(options);
  });
  afterAll(() => simulator.stop());
  return () => simulator;
}
