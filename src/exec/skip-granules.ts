// skip-granules.ts — cuts what the primary index left of a part by its skip indexes, one after the other, and counts.

import type { Part } from '../parts/part.ts';
import { isIndexOfTypes } from '../parts/skip-index.ts';
import type { SkipGranules } from '../parts/skip-index-reader.ts';
import type { GranuleRange } from '../plan/prune-parts.ts';
import type { SkipSieve } from '../plan/skip/skip-sieve.ts';
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
      const granules = left.length > 0 ? granulesOf(part, sieve, readers) : undefined;
      if (granules) left = keptRanges(left, sieve.mayMatch(granules, part.granuleRows.length));
    } catch (error) {
      throw view.blame(path, error);
    }
    counted.kept += countGranules(left);
  }
  return left;
}

/** Of all indexes of the sieve; undefined when the part does not have one of them as the table has it now. */
function granulesOf(
  part: Part,
  { indexes }: SkipSieve,
  readers: ExecContext['readers'],
): readonly SkipGranules[] | undefined {
  const found: SkipGranules[] = [];
  for (const { index, sources } of indexes) {
    const granules = isIndexOfTypes(part.columns, sources) ? readers.skipGranules(part, index) : undefined;
    if (!granules) return undefined;
    found.push(granules);
  }
  return found;
}

/** `mayMatch` has an entry per granule of the part. */
function keptRanges(ranges: readonly GranuleRange[], mayMatch: Uint8Array): GranuleRange[] {
  const kept: GranuleRange[] = [];
  for (const { start, end } of ranges) {
    for (let granule = start; granule < end; granule++) {
      if (mayMatch[granule] === 0) continue;
      const last = kept.at(-1);
      if (last?.end === granule && granule > start) kept[kept.length - 1] = { ...last, end: granule + 1 };
      else kept.push({ start: granule, end: granule + 1 });
    }
  }
  return kept;
}

const countGranules = (ranges: readonly GranuleRange[]): number =>
  ranges.reduce((total, { start, end }) => total + end - start, 0);
