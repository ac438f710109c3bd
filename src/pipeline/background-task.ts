import { Signal } from '../base/signal.ts';
import { isStoreGone } from './store-gone.ts';

/**
 * Work that runs one round after each wake-up, until it is closed. A round that fails because the store is gone is
 * over; any other failure is a defect and is not swallowed.
 */
export class BackgroundTask {
  readonly #signal = new Signal();
  readonly #finished: Promise<void>;
  #closed = false;

  constructor(round: () => Promise<void>) {
    this.#finished = this.#run(round);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** There may be something to do. */
  wake(): void {
    this.#signal.raise();
  }

  /** Resolves when the round that runs has ended. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#signal.raise();
    await this.#finished;
  }

  async #run(round: () => Promise<void>): Promise<void> {
    for (;;) {
      await this.#signal.wait();
      if (this.#closed) return;
      try {
        await round();
      } catch (error) {
        if (!isStoreGone(error)) throw error;
      }
    }
  }
}
