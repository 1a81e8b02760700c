/** What was done so far and how each of it is undone. `undo` runs the steps back, last first, whatever fails. */
export class UndoStack {
  private readonly steps: { name: string; undo: () => void | Promise<void> }[] = [];

  /** Called directly beside the acquisition it undoes. The undo must hold also when only half was done. */
  push(name: string, undo: () => void | Promise<void>): void {
    this.steps.push({ name, undo });
  }

  /** Undoes everything; what could not be undone is returned, by name and reason, and not tried again. */
  async undo(): Promise<{ name: string; error: unknown }[]> {
    const failures: { name: string; error: unknown }[] = [];
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        failures.push({ name: step.name, error });
      }
    }
    return failures;
  }
}
