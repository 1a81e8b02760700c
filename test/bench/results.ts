import type { NeutronCalls } from "./neutron-calls.ts";

/** Who is measured. */
export interface Program {
  readonly name: string;
  /** The name of the one that its times are divided by. */
  readonly beside?: string;
}

/** The runs of one kind by one program, in the order in which they were made. */
export interface Series {
  /** Such as `ADD`. */
  readonly what: string;
  readonly who: string;
  readonly beside?: string;
  /** Milliseconds of each run. */
  readonly ms: number[];
  /** What each run asked of Neutron. */
  readonly calls: NeutronCalls[];
}

/** Everything that was measured; series stand in the order in which their first runs were recorded. */
export class Results {
  readonly series: Series[] = [];

  record(what: string, { name, beside }: Program, ms: number, calls: NeutronCalls): void {
    const known = this.series.find((series) => series.what === what && series.who === name);
    const series = known ?? { what, who: name, ...(beside ? { beside } : {}), ms: [], calls: [] };
    if (!known) this.series.push(series);
    series.ms.push(ms);
    series.calls.push(calls);
  }
}
