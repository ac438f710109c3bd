// skip-granules.ts — cuts what the primary index left of a part by its skip indexes, one after the other, and counts.

import type { Part } from '../parts/part.ts';
import { isIndexOfTypes } from '../parts/skip-index.ts';
import type { GranuleRange } from '../plan/prune-parts.ts';
import type { PartsScan } from './scan-parts.ts';
import type { ExecContext } from './context.ts';

/** Granules to read, ascending and apart. Errors: CorruptionError naming the file of an index. */
export function withoutSkipped(
  part: Part,
  ranges: readonly GranuleRange[],
  { parts, path }: PartsScan,
  { readers, view, counters }: ExecContext,
): readonly GranuleRange[] {
  counters.granulesByKey += countGranules(ranges);
  let left = ranges;
  for (const [i, sieve] of parts.skipIndexes.entries()) {
    const counted = (counters.skipIndexes[i] ??= { kept: 0, of: 0 });
    counted.of += countGranules(left);
    try {
      const isOfUse = left.length > 0 && isIndexOfTypes(part.columns, sieve.sources);
      const granules = isOfUse ? readers.skipGranules(part, sieve.index) : undefined;
      if (granules) left = keptRanges(left, sieve.mayMatch(granules), sieve.index.granularity);
    } catch (error) {
      throw view.blame(path, error);
    }
    counted.kept += countGranules(left);
  }
  return left;
}

/** `mayMatch` has an entry per granule of the index. */
function keptRanges(
  ranges: readonly GranuleRange[],
  mayMatch: Uint8Array,
  granularity: number,
): GranuleRange[] {
  const kept: GranuleRange[] = [];
  for (const { start, end } of ranges) {
    for (let granule = start; granule < end; granule++) {
      if (mayMatch[Math.floor(granule / granularity)] === 0) continue;
      const last = kept.at(-1);
      if (last?.end === granule && granule > start) kept[kept.length - 1] = { ...last, end: granule + 1 };
      else kept.push({ start: granule, end: granule + 1 });
    }
  }
  return kept;
}

const countGranules = (ranges: readonly GranuleRange[]): number =>
  ranges.reduce((total, { start, end }) => total + end - start, 0);
