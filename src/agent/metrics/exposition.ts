/**
 * The text that Prometheus reads, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

/** The `Content-Type` of {@link exposition}. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** One line. */
export interface Sample {
  /** What comes behind the family's name: `_bucket`, `_sum`, `_count`. */
  readonly suffix?: string;
  /** As {@link labelText} makes it. */
  readonly labels: string;
  readonly value: number;
}

/** All lines of one metric. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  samples(): Iterable<Sample>;
}

/** One family as text, with its HELP and TYPE. */
export function exposition({
  name,
  help,
  type,
  samples,
}: Omit<Family, "samples"> & { samples: readonly Sample[] }) {
  const lines = samples.map(
    ({ suffix = "", labels, value }) => `${name}${suffix}${labels} ${numberText(value)}\n`,
  );
  return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

/** `{verb="ADD",result="ok"}`, in the order of `names`; empty when there are none. */
export function labelText(names: readonly string[], values: Readonly<Record<string, string>>): string {
  if (names.length === 0) return "";
  return `{${names.map((name) => `${name}="${escapeValue(values[name] ?? "")}"`).join(",")}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

/** A number as Go reads it. */
export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
}
