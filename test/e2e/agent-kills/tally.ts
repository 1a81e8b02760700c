/** How often what happened, for the report of a run. */
export class Tally {
  readonly #counts = new Map<string, number>();

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  get text(): string {
    const entries = [...this.#counts].sort(([a], [b]) => a.localeCompare(b));
    return entries.map(([what, count]) => `${what}: ${count}`).join(", ");
  }
}
