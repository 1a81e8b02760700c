/** How long something that failed is left alone. */
export interface PauseLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * Doubles with every failure in a row, up to the longest; between half of that and all of it, so that the agents of many
 * nodes, whose failures have one cause, do not try again together.
 *
 * @param random from 0 to 1
 * @returns milliseconds
 */
export function pauseMs(failures: number, random: number, { firstMs, longestMs }: PauseLimits): number {
  const full = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return full * (0.5 + random / 2);
}
