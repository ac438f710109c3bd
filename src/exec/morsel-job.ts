// morsel-job.ts — a fragment and the morsels it runs over, as plain data that several threads work off together.
//
// Keeps true: each morsel is taken by one thread, by atomic counters. When the stop word is set, no more are taken.
// Every thread begins with a stripe of its own, the same in every query over the same morsels, because it has their columns
// in its cache; then it helps the others.

import type { PartContents } from '../parts/part-contents.ts';
import type { ReaderLease } from '../parts/reader-cache.ts';
import { RowMask } from '../parts/row-mask.ts';
import { Arena } from '../kernels/arena.ts';
import type { FragmentPartial, FragmentRun } from './fragment.ts';
import type { PlainFragment } from './plain-fragment.ts';
import { bytesOf, readMorsel, type Morsel, type Selected } from './scan-parts.ts';

export type MorselJob = {
  readonly fragment: PlainFragment;
  /** Columns of the blocks. */
  readonly names: readonly string[];
  /** Folders of parts, which stay on disk until all threads are done. */
  readonly folders: readonly string[];
  /** Of the table. */
  readonly indexGranularity: number;
  readonly morsels: readonly PlainMorsel[];
  /** Shared memory: whether to stop, then for each thread how many morsels of its stripe are taken. */
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
  readonly selected: Selected | undefined;
  readonly isDecided: boolean;
};

export type MorselCounts = {
  readonly bytesRead: number;
  readonly rowsFiltered: number;
  readonly rowsKept: number;
};

export type JobResult = { readonly partial: FragmentPartial; readonly counts: MorselCounts };

export const newProgress = (threadCount: number): Int32Array =>
  new Int32Array(new SharedArrayBuffer(4 * (1 + threadCount)));

/** No thread takes another morsel. */
export function stop(progress: Int32Array): void {
  Atomics.store(progress, 0, 1);
}

/** The next morsel for a thread: of its own stripe, then of the next one's, and so on. */
function takeMorsel({ morsels, progress }: MorselJob, thread: number): PlainMorsel | undefined {
  const threadCount = progress.length - 1;
  for (let i = 0; i < threadCount && Atomics.load(progress, 0) === 0; i++) {
    const stripe = (thread + i) % threadCount;
    const morsel = morsels[Atomics.add(progress, 1 + stripe, 1) * threadCount + stripe];
    if (morsel) return morsel;
  }
  return undefined;
}

/** Takes morsels until there are none; runs the fragment over each. Yields after each morsel, so that others get a turn. */
export function* workOff(
  job: MorselJob,
  thread: number,
  run: FragmentRun,
  lease: ReaderLease,
  partOf: (position: number) => PartContents,
  account: (bytes: number) => void,
): Generator<undefined, MorselCounts> {
  let bytesRead = 0;
  const arena = new Arena(account);
  const held = lease.columns();
  try {
    for (let morsel = takeMorsel(job, thread); morsel; morsel = takeMorsel(job, thread)) {
      arena.rewind();
      held.release();
      const block = readMorsel(boundMorsel(morsel, partOf(morsel.part)), job.names, held, arena);
      if (block.rowCount > 0) run.consume(block, morsel.isDecided);
      bytesRead += bytesOf(block);
      yield;
    }
  } finally {
    arena.release();
    held.release();
  }
  return { bytesRead, ...run.counts };
}

function boundMorsel(morsel: PlainMorsel, part: PartContents): Morsel<PartContents> {
  const { start, end, masked, selected, isDecided } = morsel;
  const mask = masked ? RowMask.none.with(masked) : RowMask.none;
  return { part, granules: { start, end }, mask, selected, isDecided };
}
