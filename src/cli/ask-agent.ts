import type { AgentState } from "../agent/state.ts";

const ASK_MS = 5_000;

/** Who answered on the agent's socket: an agent, or why there is none. */
export type AskedAgent = { state: AgentState; notReady?: string } | { absent: string };

/** What the agent behind a socket says of itself. */
export async function askAgent(socket: string): Promise<AskedAgent> {
  try {
    const [state, ready] = await Promise.all([get(socket, "/debug/state"), get(socket, "/readyz")]);
    const notReady = ready.ok ? undefined : (await ready.text()).trim();
    return { state: (await state.json()) as AgentState, ...(notReady === undefined ? {} : { notReady }) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    const nobody = code === "ENOENT" || code === "ECONNREFUSED" || code === "FailedToOpenSocket";
    return { absent: nobody ? `nobody listens on ${socket}` : `${socket}: ${message}` };
  }
}

function get(socket: string, path: string): Promise<Response> {
  return fetch(`http://skynet${path}`, { unix: socket, signal: AbortSignal.timeout(ASK_MS) });
}
