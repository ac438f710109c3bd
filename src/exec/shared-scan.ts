// shared-scan.ts — runs a fragment over a columnar table on several threads: this one, and workers that are at hand.

import type { Part } from '../parts/part.ts';
import type { SelectPlan } from '../plan/plan.ts';
import { isPartsPath } from '../catalog/access.ts';
import type { Block } from '../types/column.ts';
import { checkpoint, type ExecContext } from './context.ts';
import { fragmentOf, FragmentRun, type Fragment } from './fragment.ts';
import {
  newProgress,
  stop,
  workOff,
  type JobResult,
  type MorselCounts,
  type MorselJob,
} from './morsel-job.ts';
import { knownAggregates, type KnownAggregate } from '../plan/known-aggregates.ts';
import { knownParts } from './known-parts.ts';
import { plainFragment, receivedPartial } from './plain-fragment.ts';
import {
  countMorsel,
  namesOf,
  type OpenedScan,
  openScan,
  type Morsel,
  type PartsScan,
  selectedRows,
} from './scan-parts.ts';
import { countRows, storageCounter } from './scan.ts';

/** Waking a worker and merging what it holds costs about as much as reading so many rows. */
const MIN_ROWS_PER_THREAD = 125_000;

export type SharedScan = {
  readonly fragment: Fragment;
  readonly scan: PartsScan;
  /** Set when metadata of parts may answer. */
  readonly known: readonly KnownAggregate[] | undefined;
};

/** What threads can share of a plan over a columnar table; undefined of any other plan. */
export function sharedScanOf(plan: SelectPlan): SharedScan | undefined {
  if (plan.source.kind !== 'table') return undefined;
  const { access } = plan.source;
  const { parts, path, lookup } = access;
  const fragment = parts && !lookup ? fragmentOf(plan) : undefined;
  if (!fragment || !parts || !isPartsPath(path)) return undefined;
  return { fragment, scan: { ...access, parts, path }, known: knownAggregates(plan) };
}

/** Groups, or projected first rows in order. Blocks are lent until the next one is asked for. */
export async function* runShared(shared: SharedScan, context: ExecContext): AsyncGenerator<Block> {
  const countStorage = storageCounter(context);
  const opened = await openScan(shared.scan, context);
  countStorage();
  try {
    yield* runOpened(shared, opened, context);
  } finally {
    opened.release();
  }
}

async function* runOpened(
  { fragment, scan, known: aggregates }: SharedScan,
  { morsels: all, tails }: OpenedScan,
  context: ExecContext,
): AsyncGenerator<Block> {
  const { known, unknown: morsels } = withoutKnown(aggregates, scan, all, context);
  for (const morsel of morsels) countMorsel(morsel, context);
  countRows(rowsOf(morsels) + tails.reduce((total, { rowCount }) => total + rowCount, 0), context);
  const parts = [...new Set(morsels.map(({ part }) => part))];
  const helpers = workerCount(morsels, context);
  const job = jobOf(fragment, scan, morsels, parts, helpers + 1, context);
  const others = context.workers.run(job, helpers);
  const run = new FragmentRun(fragment, context.memory);
  try {
    for (const rows of known) run.consumeKnown(rows);
    await workHere(job, run, parts, context);
    for (const block of tails) run.consume(block, scan.parts.bitmaps === undefined);
    addCounts({ bytesRead: 0, ...run.counts }, context);
    for (const { partial, counts } of (await Promise.all(others)) as JobResult[]) {
      run.merge(receivedPartial(partial));
      addCounts(counts, context);
    }
    yield* run.finish(context.maxBlockRows);
  } catch (error) {
    throw context.view.blame(scan.path, error);
  } finally {
    stop(job.progress);
    // Parts may leave the disk when no thread reads them any more.
    await Promise.allSettled(others);
    run.close();
  }
}

function withoutKnown(
  aggregates: readonly KnownAggregate[] | undefined,
  scan: PartsScan,
  morsels: readonly Morsel[],
  context: ExecContext,
): ReturnType<typeof knownParts> {
  if (!aggregates) return { known: [], unknown: morsels };
  try {
    const found = knownParts(aggregates, scan, morsels, context);
    context.counters.partsKnown += found.known.length;
    return found;
  } catch (error) {
    throw context.view.blame(scan.path, error);
  }
}

/** This thread's share, with turns for others between morsels. */
async function workHere(
  job: MorselJob,
  run: FragmentRun,
  parts: readonly Part[],
  context: ExecContext,
): Promise<void> {
  const lease = context.readers.lease();
  const account = (bytes: number): void => context.memory.add(bytes);
  try {
    const work = workOff(job, 0, run, lease, (position) => parts[position]!, account);
    for (let step = work.next(); ; step = work.next()) {
      checkpoint(context);
      if (step.done) return void (context.counters.bytesRead += step.value.bytesRead);
      await context.timers.yield();
    }
  } finally {
    lease.release();
  }
}

function jobOf(
  fragment: Fragment,
  scan: PartsScan,
  morsels: readonly Morsel[],
  parts: readonly Part[],
  threadCount: number,
  context: ExecContext,
): MorselJob {
  const positions = new Map(parts.map((part, i) => [part, i]));
  return {
    fragment: plainFragment(fragment),
    names: namesOf(scan),
    folders: parts.map(({ folder }) => folder),
    indexGranularity: scan.path.parts!.indexGranularity,
    morsels: morsels.map(({ part, granules: { start, end }, mask, selected, isDecided }) => {
      const masked = mask.positionsIn(part.granuleStarts[start]!, part.granuleStarts[end]!);
      return {
        part: positions.get(part)!,
        start,
        end,
        masked: masked.length > 0 ? masked : undefined,
        selected,
        isDecided,
      };
    }),
    progress: newProgress(threadCount),
    memoryLimitBytes: context.memory.limitBytes,
    columnCacheBytes: context.columnCacheBytes,
  };
}

function workerCount(morsels: readonly Morsel[], { workers, maxThreads }: ExecContext): number {
  // What a part lacks is made of the table's definition, which workers do not have.
  if (morsels.some(({ part }) => part.adapted.size > 0)) return 0;
  const useful = Math.min(morsels.length, Math.floor(rowsOf(morsels) / MIN_ROWS_PER_THREAD));
  const allowed = maxThreads === 0 ? 1 + workers.size : maxThreads;
  return Math.max(0, Math.min(useful, allowed, 1 + workers.size) - 1);
}

function rowsOf(morsels: readonly Morsel[]): number {
  return morsels.reduce((total, morsel) => total + selectedRows(morsel), 0);
}

function addCounts({ bytesRead, rowsFiltered, rowsKept }: MorselCounts, { counters }: ExecContext): void {
  counters.bytesRead += bytesRead;
  counters.rowsFiltered += rowsFiltered;
  counters.rowsKept += rowsKept;
}
