// morsel-job.ts — a fragment and the morsels it runs over, as plain data that several threads work off together.
//
// Keeps true: each morsel is taken by one thread, by an atomic counter. When the stop word is set, no more are taken.

import type { PartContents } from '../parts/part-contents.ts';
import type { ReaderLease } from '../parts/reader-cache.ts';
import { RowMask } from '../parts/row-mask.ts';
import { Arena } from '../kernels/arena.ts';
import type { FragmentPartial, FragmentRun } from './fragment.ts';
import type { PlainFragment } from './plain-fragment.ts';
import { bytesOf, readMorsel, type Morsel } from './scan-parts.ts';

export type MorselJob = {
  readonly fragment: PlainFragment;
  /** Columns of the blocks. */
  readonly names: readonly string[];
  /** Folders of parts, which stay on disk until all threads are done. */
  readonly folders: readonly string[];
  readonly morsels: readonly PlainMorsel[];
  /** Two words of shared memory: the next morsel, and whether to stop. */
  readonly progress: Int32Array;
  /** 0 = no limit. */
  readonly memoryLimitBytes: number;
  readonly columnCacheBytes: number;
};

export type PlainMorsel = {
  /** Position in `folders`. */
  readonly part: number;
  readonly start: number;
  readonly end: number;
  /** Rows of the part, among those of the granules, that are masked. */
  readonly masked: Uint32Array | undefined;
};

export type MorselCounts = {
  readonly bytesRead: number;
  readonly rowsFiltered: number;
  readonly rowsKept: number;
};

export type JobResult = { readonly partial: FragmentPartial; readonly counts: MorselCounts };

export const newProgress = (): Int32Array => new Int32Array(new SharedArrayBuffer(8));

/** No thread takes another morsel. */
export function stop(progress: Int32Array): void {
  Atomics.store(progress, 1, 1);
}

/** Takes morsels until there are none; runs the fragment over each. Yields after each morsel, so that others get a turn. */
export function* workOff(
  { names, morsels, progress }: MorselJob,
  run: FragmentRun,
  lease: ReaderLease,
  partOf: (position: number) => PartContents,
  account: (bytes: number) => void,
): Generator<undefined, MorselCounts> {
  let bytesRead = 0;
  const arena = new Arena(account);
  const held = lease.columns();
  try {
    while (Atomics.load(progress, 1) === 0) {
      const morsel = morsels[Atomics.add(progress, 0, 1)];
      if (!morsel) break;
      arena.rewind();
      held.release();
      const block = readMorsel(boundMorsel(morsel, partOf(morsel.part)), names, held, arena);
      if (block.rowCount > 0) run.consume(block);
      bytesRead += bytesOf(block);
      yield;
    }
  } finally {
    arena.release();
    held.release();
  }
  return { bytesRead, ...run.counts };
}

function boundMorsel({ start, end, masked }: PlainMorsel, part: PartContents): Morsel<PartContents> {
  return { part, granules: { start, end }, mask: masked ? RowMask.none.with(masked) : RowMask.none };
}
