/** What has happened since the agent started. */
export interface Counts {
  /** Ports made ahead of pods. */
  readonly created: number;
  /** Ports deleted, by the reason that is told in the log. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Pods that found a port ready, and those that did not. */
  readonly claims: { readonly hit: number; readonly miss: number };
  /** Ports that a removed pod has left and another may have. */
  readonly recycled: number;
  /** Ports of which Neutron was told whose they are. */
  readonly identified: number;
}

export class Counters {
  created = 0;
  recycled = 0;
  identified = 0;
  readonly claims = { hit: 0, miss: 0 };
  readonly #deleted = new Map<string, number>();

  deleted(reason: string): void {
    this.#deleted.set(reason, (this.#deleted.get(reason) ?? 0) + 1);
  }

  get snapshot(): Counts {
    const { created, recycled, identified, claims } = this;
    return {
      created,
      recycled,
      identified,
      claims: { ...claims },
      deleted: Object.fromEntries(this.#deleted),
    };
  }
}
