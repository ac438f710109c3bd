// merge-selector.ts — which neighbouring parts of a partition are worth merging: ClickHouse's "simple" selector.
//
// A merge rewrites every row, so it pays when the result is several times its largest source: base times, where base
// falls from 5 to 2 as parts get old or many. Of all runs that qualify, the one with the fewest bytes per part saved wins.

import { addTo } from '../base/multimap.ts';
import type { Clock } from '../io/ports.ts';
import type { Part } from './part.ts';

export type MergeCandidate = { readonly sizeBytes: number; readonly ageSeconds: number };

/** Parts [start, end) of those given. */
export type MergeRange = { readonly start: number; readonly end: number };

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const DAY_SECONDS = 86_400;

const WINDOW_PARTS = 1000;
/** A merge has files of all its sources open. */
const MAX_MERGED_PARTS = 100;
const MAX_MERGED_BYTES = 150 * GIB;
/** What opening one more part costs, in bytes. */
const PART_COST_BYTES = 5 * MIB;
/** A tail of parts this small, against the whole run, is left for a later merge. */
const SMALL_TAIL = 0.01;

/** Parts of each partition; they keep their order. */
export function byPartition<T>(parts: readonly T[], partOf: (each: T) => Part): T[][] {
  const partitions = new Map<string, T[]>();
  for (const each of parts) addTo(partitions, partOf(each).name.partitionId, each);
  return [...partitions.values()];
}

/** Neighbours to merge on the way to one part: all, or the run with the fewest bytes of as many as a merge takes. */
export function smallestRun<T>(
  parts: readonly T[],
  partOf: (each: T) => Pick<Part, 'sizeBytes'>,
): readonly T[] {
  if (parts.length <= MAX_MERGED_PARTS) return parts;
  const sizeAt = (i: number): number => (i < 0 ? 0 : partOf(parts[i]!).sizeBytes);
  let sum = 0;
  let best = { end: MAX_MERGED_PARTS, sum: Number.POSITIVE_INFINITY };
  for (let i = 0; i < parts.length; i++) {
    sum += sizeAt(i) - sizeAt(i - MAX_MERGED_PARTS);
    if (i + 1 >= MAX_MERGED_PARTS && sum < best.sum) best = { end: i + 1, sum };
  }
  return parts.slice(best.end - MAX_MERGED_PARTS, best.end);
}

/** Parts grow old from when they were first looked at, for example when the store was opened. */
export class MergeSelector {
  readonly #clock: Clock;
  readonly #firstSeenMs = new WeakMap<Part, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** As `selectMerge`. */
  select(parts: readonly Part[]): MergeRange | undefined {
    return selectMerge(
      parts.map((part) => ({ sizeBytes: part.sizeBytes, ageSeconds: this.#ageSeconds(part) })),
    );
  }

  #ageSeconds(part: Part): number {
    const nowMs = this.#clock.monotonicMs();
    const seenMs = this.#firstSeenMs.get(part) ?? nowMs;
    this.#firstSeenMs.set(part, seenMs);
    return (nowMs - seenMs) / 1000;
  }
}

/** Of the active parts of one partition in block order; undefined when no merge is worth it. */
export function selectMerge(parts: readonly MergeCandidate[]): MergeRange | undefined {
  const first = Math.max(0, parts.length - WINDOW_PARTS);
  let best: (MergeRange & { score: number }) | undefined;
  for (let start = first; start < parts.length - 1; start++) {
    let sum = parts[start]!.sizeBytes;
    let largest = sum;
    let youngest = parts[start]!.ageSeconds;
    for (let end = start + 2; end <= Math.min(parts.length, start + MAX_MERGED_PARTS); end++) {
      const { sizeBytes, ageSeconds } = parts[end - 1]!;
      sum += sizeBytes;
      largest = Math.max(largest, sizeBytes);
      youngest = Math.min(youngest, ageSeconds);
      if (sum > MAX_MERGED_BYTES) break;
      const run = { count: end - start, sum, largest, youngest };
      if (!isWorthIt(run, parts.length)) continue;
      const cut = withoutSmallTail(parts, { start, end }, sum);
      const score = scoreOf(parts, cut);
      if (!best || score <= best.score) best = { ...cut, score };
    }
  }
  return best && { start: best.start, end: best.end };
}

type Run = {
  readonly count: number;
  readonly sum: number;
  readonly largest: number;
  readonly youngest: number;
};

function isWorthIt({ count, sum, largest, youngest }: Run, partCount: number): boolean {
  const size = clamp((Math.log1p(sum) - Math.log1p(MIB)) / (Math.log1p(100 * GIB) - Math.log1p(MIB)));
  const maxAge = lerp(3600, 30 * DAY_SECONDS, size);
  const age = clamp((youngest - 10) / (maxAge - 10));
  const crowd = clamp((partCount - 10) / (50 - 10));
  const base = lerp(5, 2, Math.min(1, age + crowd));
  return (sum + count * PART_COST_BYTES) / (largest + PART_COST_BYTES) >= base;
}

function withoutSmallTail(
  parts: readonly MergeCandidate[],
  { start, end }: MergeRange,
  sum: number,
): MergeRange {
  let last = end;
  while (last - start >= 3 && parts[last - 1]!.sizeBytes < SMALL_TAIL * sum) last--;
  return { start, end: last };
}

function scoreOf(parts: readonly MergeCandidate[], { start, end }: MergeRange): number {
  const count = end - start;
  const sum = parts.slice(start, end).reduce((total, part) => total + part.sizeBytes, 0);
  const score = (sum + count * PART_COST_BYTES) / (count - 1.9);
  const left = parts[start - 1]?.sizeBytes ?? 0;
  // A result as large as its left neighbour can be merged with it next.
  if (left <= 0.9 * sum) return score;
  const difference = Math.abs(Math.log2(sum / left));
  return difference < 0.5 ? score * lerp(0.75, 1, difference / 0.5) : score;
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));
const lerp = (from: number, to: number, share: number): number => from + (to - from) * share;
