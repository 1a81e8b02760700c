import { type Family, labelText, numberText, type Sample } from "./exposition.ts";

/** What is said of every metric. */
export interface Description<Label extends string> {
  /** With the unit, in seconds and bytes: `skynet_neutron_request_duration_seconds`. */
  readonly name: string;
  readonly help: string;
  /** Each has few values: every combination is a time series. */
  readonly labels?: readonly Label[];
}

export type Labels<Label extends string> = Readonly<Record<Label, string>>;

abstract class Metric<Label extends string> implements Family {
  abstract readonly type: Family["type"];
  readonly name: string;
  readonly help: string;
  protected readonly labels: readonly Label[];

  constructor({ name, help, labels = [] }: Description<Label>) {
    this.name = name;
    this.help = help;
    this.labels = labels;
  }

  abstract samples(): Iterable<Sample>;

  protected text(labels: Labels<Label>): string {
    return labelText(this.labels, labels);
  }
}

/** What only grows. Without labels it is there from the start, with labels from the first `add`. */
export class Counter<Label extends string = never> extends Metric<Label> {
  readonly type = "counter";
  readonly #values = new Map<string, number>();

  constructor(description: Description<Label>) {
    super(description);
    if (this.labels.length === 0) this.#values.set("", 0);
  }

  /** @param by not negative; 0 makes the series known */
  add(labels: Labels<Label>, by = 1): void {
    const key = this.text(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + by);
  }

  *samples(): Iterable<Sample> {
    for (const [labels, value] of this.#values) yield { labels, value };
  }
}

/** Values of a gauge or a counter that are read when somebody asks for them. */
export type Reading<Label extends string> = readonly (readonly [labels: Labels<Label>, value: number])[];

/** What goes up and down: it is read when somebody asks. */
export class Gauge<Label extends string = never> extends Metric<Label> {
  readonly type: "gauge" | "counter" = "gauge";
  #read: () => Reading<Label> = () => [];

  /** Says where the values come from; until then there are none. What `read` leaves out is not there. */
  from(read: () => Reading<Label>): void {
    this.#read = read;
  }

  *samples(): Iterable<Sample> {
    for (const [labels, value] of this.#read()) yield { labels: this.text(labels), value };
  }
}

/** A counter that somebody else keeps: it is read as a gauge is. */
export class ReadCounter<Label extends string = never> extends Gauge<Label> {
  override readonly type = "counter";
}

interface Distribution {
  /** By bucket, those that are in no smaller one; the last is that beyond all bounds. */
  readonly counts: number[];
  sum: number;
}

/** How often something took how long. */
export class Histogram<Label extends string = never> extends Metric<Label> {
  readonly type = "histogram";
  readonly #bounds: readonly number[];
  readonly #distributions = new Map<string, { labels: Labels<Label> } & Distribution>();

  /** @param bounds upper ones of the buckets, rising, each included in its bucket; without +Inf */
  constructor(description: Description<Label>, bounds: readonly number[]) {
    super(description);
    this.#bounds = bounds;
  }

  observe(labels: Labels<Label>, value: number): void {
    const distribution = this.#distributionOf(labels);
    const index = this.#bounds.findIndex((bound) => value <= bound);
    const bucket = index < 0 ? this.#bounds.length : index;
    distribution.counts[bucket] = (distribution.counts[bucket] ?? 0) + 1;
    distribution.sum += value;
  }

  *samples(): Iterable<Sample> {
    for (const [key, { labels, counts, sum }] of this.#distributions) {
      let count = 0;
      for (const [index, bound] of [...this.#bounds, Number.POSITIVE_INFINITY].entries()) {
        count += counts[index] ?? 0;
        const bucket = labelText([...this.labels, "le"], { ...labels, le: numberText(bound) });
        yield { suffix: "_bucket", labels: bucket, value: count };
      }
      yield { suffix: "_sum", labels: key, value: sum };
      yield { suffix: "_count", labels: key, value: count };
    }
  }

  #distributionOf(labels: Labels<Label>): Distribution {
    const key = this.text(labels);
    const known = this.#distributions.get(key);
    if (known !== undefined) return known;
    const made = { labels, counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
    this.#distributions.set(key, made);
    return made;
  }
}
