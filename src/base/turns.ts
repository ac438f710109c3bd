/** Work that runs side by side, and work that runs alone: it waits for what runs, and what comes later waits for it. */
export class Turns {
  readonly #running = new Set<Promise<unknown>>();
  #alone: Promise<unknown> | undefined;

  async together<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#alone;
    const result = work();
    const settled = result.catch(() => undefined);
    this.#running.add(settled);
    try {
      return await result;
    } finally {
      this.#running.delete(settled);
    }
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#alone;
    const result = Promise.all(this.#running).then(work);
    this.#alone = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.#alone = undefined;
    }
  }
}
