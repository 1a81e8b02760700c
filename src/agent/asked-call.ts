/** What a plugin asks of the agent: the body of `POST /v1/cni`. */

export interface AskedCall {
  /** Made by the plugin; in the logs of both. */
  id: string;
  /** Of the plugin's executable. */
  version: string;
  /** When the plugin's process began, in milliseconds since the epoch; the deadline counts from then. */
  startedAt: number;
  /** The `CNI_…` variables, and no others. */
  env: Readonly<Record<string, string>>;
  /** The network configuration as the runtime wrote it. */
  stdin: string;
}

/** A body that is no call; the message says what is wrong with it. */
export class AskedCallError extends Error {
  override readonly name = "AskedCallError";
}

/** @throws AskedCallError */
export function parseAskedCall(body: string): AskedCall {
  const { id, version, startedAt, env, stdin } = parseObject(body);
  if (typeof stdin !== "string") throw new AskedCallError("stdin must be a text");
  if (typeof env !== "object" || env === null) throw new AskedCallError("env must be an object");
  return {
    id: typeof id === "string" && /^[\w-]{1,64}$/.test(id) ? id : crypto.randomUUID().slice(0, 8),
    version: typeof version === "string" ? version : "unknown",
    startedAt: typeof startedAt === "number" ? startedAt : Date.now(),
    env: cniVariables(env),
    stdin,
  };
}

/** Milliseconds of a call that are over; none when its clock makes no sense. */
export function elapsedMs({ startedAt }: Pick<AskedCall, "startedAt">, now: number = Date.now()): number {
  return Math.max(0, now - startedAt) || 0;
}

function parseObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new AskedCallError("the body must be a JSON object");
}

function cniVariables(env: object): Record<string, string> {
  const entries = Object.entries(env as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => {
      const [name, value] = entry;
      return name.startsWith("CNI_") && typeof value === "string";
    }),
  );
}
