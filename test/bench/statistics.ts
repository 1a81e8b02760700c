/** What a series of measurements comes to. All of it in the unit of the measurements. */

export interface Summary {
  readonly runs: number;
  readonly min: number;
  readonly median: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** @throws RangeError when there is nothing to sum up */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((one, other) => one - other);
  return {
    runs: sorted.length,
    min: quantile(sorted, 0),
    median: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
  };
}

/** The median of the ratios pair by pair: what slows both of a pair does not move it. */
export function pairedRatio(values: readonly number[], references: readonly number[]): number {
  if (values.length !== references.length)
    throw new RangeError("a ratio needs as many of one as of the other");
  return summarize(values.map((value, position) => value / (references[position] as number))).median;
}

/** Between two values the line that joins them counts. */
function quantile(sorted: readonly number[], fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) throw new RangeError("no measurements");
  return low + (high - low) * (place - Math.floor(place));
}
