import type { AgentCore, Composition } from "./part.ts";

/** What the agent consists of: its parts are made, and know each other, here alone. */
export function compose(_core: AgentCore): Composition {
  return {};
}
