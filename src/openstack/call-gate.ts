/** Who may send first when there are more calls than may be made at once, from first to last. */
export const PRIORITIES = ["pod", "pool", "delete"] as const;

/** `pod`: a pod waits for it. `pool`: work ahead of need, and bookkeeping. `delete`: what nobody waits for. */
export type Priority = (typeof PRIORITIES)[number];

/** A call's place in the queue. */
export interface Turn {
  readonly priority: Priority;
  /** Calls of one lane share their luck, and lanes take turns: the id of the Neutron network, or any other text. */
  readonly lane: string;
}

/** A call that wants to be made. */
export interface GatedCall extends Turn {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** From the version on, with the query: `/v2.0/ports?device_id=…`. */
  readonly path: string;
  /** The caller's deadline: it ends the waiting, too. */
  readonly signal: AbortSignal;
}

/** Says when a call to Neutron is made: the limiter of a node's agent. A process for one pod has none. */
export interface CallGate {
  /**
   * Waits for `call`'s turn, then runs `send`, once; what it gives or throws is passed on.
   * @throws OpenStackError of kind `timeout`, not `ambiguous`, when the signal ends before the turn comes
   */
  run<T>(call: GatedCall, send: () => Promise<T>): Promise<T>;
}
