/** Who waits for news under a key. */
export class Awaited {
  private readonly waiting = new Map<string, Set<() => void>>();

  /** Resolves with the next news, after so many milliseconds, or when the signal is aborted. */
  news(key: string, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiters = this.waiting.get(key) ?? new Set();
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        waiters.delete(end);
        if (waiters.size === 0) this.waiting.delete(key);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal.addEventListener("abort", end);
      this.waiting.set(key, waiters.add(end));
    });
  }

  tell(key: string): void {
    for (const end of [...(this.waiting.get(key) ?? [])]) end();
  }

  tellAll(): void {
    for (const key of [...this.waiting.keys()]) this.tell(key);
  }
}
