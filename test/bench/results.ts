import type { NeutronCalls } from "./neutron-calls.ts";

/** The runs of one kind by one program, in the order in which they were made. */
export interface Series {
  /** Such as `ADD`. */
  readonly what: string;
  readonly who: string;
  /** Milliseconds of each run. */
  readonly ms: number[];
  /** What each run asked of Neutron. */
  readonly calls: NeutronCalls[];
}

/** Everything that was measured; series stand in the order in which their first runs were recorded. */
export class Results {
  readonly series: Series[] = [];

  record(what: string, who: string, ms: number, calls: NeutronCalls): void {
    const known = this.series.find((series) => series.what === what && series.who === who);
    const series = known ?? { what, who, ms: [], calls: [] };
    if (!known) this.series.push(series);
    series.ms.push(ms);
    series.calls.push(calls);
  }
}
