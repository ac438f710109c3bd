// memory-tracker.ts — how much memory one query holds, against its limit.
//
// Operators account for what they keep from block to block; a block in flight is not counted.

import { WinnowError } from '../base/errors.ts';

export class MemoryTracker {
  /** 0 = no limit. */
  readonly limitBytes: number;
  #usedBytes = 0;
  #peakBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Changes what is held by `bytes`, which may be negative. Errors: MEMORY_LIMIT_EXCEEDED. */
  add(bytes: number): void {
    const wouldUse = this.#usedBytes + bytes;
    if (this.limitBytes > 0 && wouldUse > this.limitBytes && bytes > 0) {
      const [use, maximum] = [inMebibytes(wouldUse), inMebibytes(this.limitBytes)];
      throw new WinnowError(
        'MEMORY_LIMIT_EXCEEDED',
        `Query memory limit exceeded: would use ${use}, maximum: ${maximum}`,
        {
          hint: 'Narrow the query, or raise the setting max_memory_usage.',
        },
      );
    }
    this.#usedBytes = wouldUse;
    this.#peakBytes = Math.max(this.#peakBytes, wouldUse);
  }

  /** What one operator holds; `close` gives it all back. */
  account(): MemoryAccount {
    return new MemoryAccount(this);
  }
}

export class MemoryAccount {
  readonly #tracker: MemoryTracker;
  #bytes = 0;

  constructor(tracker: MemoryTracker) {
    this.#tracker = tracker;
  }

  /** The operator now holds `bytes` in all. Errors: MEMORY_LIMIT_EXCEEDED. */
  set(bytes: number): void {
    this.#tracker.add(bytes - this.#bytes);
    this.#bytes = bytes;
  }

  close(): void {
    this.set(0);
  }
}

function inMebibytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(2)} MiB`;
}
