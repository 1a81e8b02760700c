const UNITS = [
  { ms: 86_400_000, suffix: "d" },
  { ms: 3_600_000, suffix: "h" },
  { ms: 60_000, suffix: "m" },
] as const;

/** A duration in milliseconds as people say it, cut to its largest unit: `42s`, `7m`, `3h`, `12d`. */
export function formatDuration(ms: number): string {
  const unit = UNITS.find((candidate) => ms >= candidate.ms);
  if (unit === undefined) return `${Math.max(0, Math.floor(ms / 1000))}s`;
  return `${Math.floor(ms / unit.ms)}${unit.suffix}`;
}
