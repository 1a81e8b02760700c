/** Faults on request: which calls go wrong, how often, and how (`POST /_sim/faults`). */
import * as v from "valibot";

export type Service = "neutron" | "keystone";

const ActionSchema = v.strictObject({
  /** Wait first; then whatever else is said, or the normal answer. */
  delay_ms: v.optional(v.pipe(v.number(), v.minValue(0))),
  /** Answer with this status and change nothing. */
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599))),
  /** Error type, message and further headers of that answer. */
  type: v.optional(v.string()),
  message: v.optional(v.string()),
  headers: v.optional(v.record(v.string(), v.string())),
  /** Close the connection without an answer, before or after the change is made. */
  drop: v.optional(v.picklist(["before-commit", "after-commit"])),
  /** Keep the connection open and silent for ever, nothing changed (`true`) or after the change is made. */
  hang: v.optional(v.union([v.literal(true), v.literal("after-commit")])),
  /** Make the change and answer 200 with half a JSON document. */
  garbage: v.optional(v.literal(true)),
});

const MatchSchema = v.strictObject({
  service: v.optional(v.picklist(["neutron", "keystone"])),
  method: v.optional(v.string()),
  /** A regular expression, searched for in path and query. */
  path: v.optional(v.string()),
});

export const FaultSchema = v.strictObject({
  match: v.optional(MatchSchema, {}),
  /** How many calls it hits; 0 is all until deleted. */
  times: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 1),
  /** How many matching calls it lets pass first. */
  after: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  action: ActionSchema,
});

export type FaultAction = v.InferOutput<typeof ActionSchema>;
export type FaultRequest = v.InferOutput<typeof FaultSchema>;

export interface Fault extends FaultRequest {
  id: string;
  /** Matching calls seen, and those of them that were hit. */
  seen: number;
  hits: number;
}

export class Faults {
  private readonly faults: Fault[] = [];

  add(request: FaultRequest): Fault {
    // Compiled now so that a bad expression is refused where it is given.
    new RegExp(request.match.path ?? "");
    const fault: Fault = { ...request, id: crypto.randomUUID(), seen: 0, hits: 0 };
    this.faults.push(fault);
    return fault;
  }

  list(): readonly Fault[] {
    return this.faults;
  }

  clear(): void {
    this.faults.length = 0;
  }

  /** The first fault that hits this call; counts it. @param path with the query */
  take(service: Service, method: string, path: string): FaultAction | undefined {
    for (const fault of this.faults) {
      const { match } = fault;
      if (match.service !== undefined && match.service !== service) continue;
      if (match.method !== undefined && match.method !== method) continue;
      if (match.path !== undefined && !new RegExp(match.path).test(path)) continue;
      fault.seen += 1;
      if (fault.seen <= fault.after || (fault.times !== 0 && fault.hits >= fault.times)) continue;
      fault.hits += 1;
      return fault.action;
    }
    return undefined;
  }
}
