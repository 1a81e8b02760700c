import { exposition, type Family } from "./exposition.ts";
import { Counter, type Description, Gauge, Histogram, ReadCounter } from "./kinds.ts";

/** The metrics of a process, each under a name of its own, in the order in which they were declared. */
export class Registry {
  readonly #families = new Map<string, Family>();
  readonly #onUnreadable: (name: string, error: unknown) => void;

  /** @param onUnreadable told when a gauge's values could not be read: those are left out, and the others are shown */
  constructor(onUnreadable: (name: string, error: unknown) => void = () => {}) {
    this.#onUnreadable = onUnreadable;
  }

  counter<Label extends string = never>(description: Description<Label>): Counter<Label> {
    return this.#add(new Counter(description));
  }

  gauge<Label extends string = never>(description: Description<Label>): Gauge<Label> {
    return this.#add(new Gauge(description));
  }

  readCounter<Label extends string = never>(description: Description<Label>): ReadCounter<Label> {
    return this.#add(new ReadCounter(description));
  }

  histogram<Label extends string = never>(
    description: Description<Label> & { readonly buckets: readonly number[] },
  ): Histogram<Label> {
    return this.#add(new Histogram(description, description.buckets));
  }

  /** All metrics as Prometheus reads them; see exposition.ts. */
  render(): string {
    return [...this.#families.values()].map((family) => this.#text(family)).join("");
  }

  #text(family: Family): string {
    const { name, help, type } = family;
    try {
      return exposition({ name, help, type, samples: [...family.samples()] });
    } catch (error) {
      this.#onUnreadable(name, error);
      return exposition({ name, help, type, samples: [] });
    }
  }

  #add<F extends Family>(family: F): F {
    if (this.#families.has(family.name)) throw new Error(`the metric ${family.name} is declared twice`);
    this.#families.set(family.name, family);
    return family;
  }
}
