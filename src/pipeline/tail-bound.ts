// tail-bound.ts — how long a tail may grow, and how long writers wait at its bound.

import type { Ports } from '../io/ports.ts';
import type { IndexTable } from './index-table.ts';

export type TailBoundSettings = {
  readonly tailMaxChanges: number;
  readonly tailMaxBytes: number;
  readonly tailMaxWriteDelayMs: number;
};

export class TailBound {
  readonly #settings: TailBoundSettings;
  readonly #ports: Pick<Ports, 'clock' | 'timers'>;

  constructor(settings: TailBoundSettings, ports: Pick<Ports, 'clock' | 'timers'>) {
    this.#settings = settings;
    this.#ports = ports;
  }

  /** What only read views hold back is let go of before a tail counts as full. */
  isFull(index: IndexTable): boolean {
    if (!this.#fills(index, 1)) return false;
    if (2 * index.waitingChanges > index.tailChanges) return true;
    index.letGoOfApplied();
    return this.#fills(index, 1);
  }

  isHalfFull(index: IndexTable): boolean {
    return this.#fills(index, 0.5);
  }

  /** Waits for space; false when the tail has been full for as long as writers wait. */
  async hasSpace(index: IndexTable, isClosed: () => boolean): Promise<boolean> {
    const { clock, timers } = this.#ports;
    while (!isClosed() && this.isFull(index)) {
      index.fullSinceMs ??= clock.monotonicMs();
      const leftMs = index.fullSinceMs + this.#settings.tailMaxWriteDelayMs - clock.monotonicMs();
      if (leftMs <= 0) return false;
      await timers.sleep(Math.min(leftMs, 5));
    }
    index.fullSinceMs = undefined;
    return true;
  }

  /** The tail has reached this share of its bound. */
  #fills(index: IndexTable, share: number): boolean {
    const { tailMaxChanges, tailMaxBytes } = this.#settings;
    const isLong = index.tailChanges >= share * tailMaxChanges;
    return index.collecting && (isLong || index.tailBytes >= share * tailMaxBytes);
  }
}
