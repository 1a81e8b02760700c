import type { Verb } from "./call.ts";
import { badRequest } from "./status.ts";

/** Which calls go wrong, and how. */
export interface Fault {
  /** Absent: any. */
  readonly verb?: Verb;
  /** `pods` or `events`; absent: any. */
  readonly resource?: string;
  /** Refuse with this code; absent: never answer. */
  readonly status?: number;
  /** How many calls it hits; absent: all, until it is cleared. */
  readonly times?: number;
}

/** Faults on request, and a count of every call: what a test did to the server, and what it was asked. */
export class Faults {
  private faults: { fault: Fault; left: number }[] = [];
  private counts: Record<string, number> = {};

  add(fault: Fault): void {
    this.faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.faults = [];
  }

  /** The fault that hits this call, if one does. Counts the call in any case. */
  take(verb: Verb, resource: string): Fault | undefined {
    const call = `${verb} ${resource}`;
    this.counts[call] = (this.counts[call] ?? 0) + 1;
    const hit = this.faults.find(
      ({ fault, left }) =>
        left > 0 && (fault.verb ?? verb) === verb && (fault.resource ?? resource) === resource,
    );
    if (hit !== undefined) hit.left--;
    return hit?.fault;
  }

  /** Calls so far, such as `{"list pods": 1, "watch pods": 2}`. */
  get calls(): Readonly<Record<string, number>> {
    return this.counts;
  }

  forgetCalls(): void {
    this.counts = {};
  }
}

/** @throws {Refusal} 400 for what is no fault */
export function parseFault(text: string): Fault {
  const fault = parse(text);
  const { verb, resource, status, times, ...rest } = fault;
  const texts = [verb, resource].every((value) => value === undefined || typeof value === "string");
  const numbers = [status, times].every((value) => value === undefined || Number.isInteger(value));
  if (!texts || !numbers || Object.keys(rest).length > 0) {
    throw badRequest("a fault has verb, resource (texts), status and times (whole numbers), each optional");
  }
  return fault;
}

function parse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    throw badRequest("a fault is a JSON object");
  }
}
