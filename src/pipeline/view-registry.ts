// view-registry.ts — which read views are open, so that nothing they may still need is dropped.

/** Open read views, oldest first, and work that waits for them to end. */
export class ViewRegistry {
  readonly #open = new Set<number>();
  #lastId = 0;
  readonly #waiting: { readonly lastView: number; readonly run: () => void }[] = [];

  get openCount(): number {
    return this.#open.size;
  }

  open(): number {
    this.#open.add(++this.#lastId);
    return this.#lastId;
  }

  close(id: number): void {
    this.#open.delete(id);
    const oldest = this.#oldest();
    while (this.#waiting.length > 0 && this.#waiting[0]!.lastView < oldest) this.#waiting.shift()!.run();
  }

  /** Runs when every view that is open now has ended; at once when there is none. */
  afterOpenViews(run: () => void): void {
    if (this.#open.size === 0) run();
    else this.#waiting.push({ lastView: this.#lastId, run });
  }

  #oldest(): number {
    for (const id of this.#open) return id;
    return Number.POSITIVE_INFINITY;
  }
}
