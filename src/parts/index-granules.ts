// index-granules.ts — what the writers of the kinds of skip indexes have in common.

import { must } from '../base/assert.ts';
import type { Column } from '../types/column.ts';
import type { StreamWriter } from './stream-writer.ts';

/** Summaries of an index, granule after granule. */
export interface IndexGranules {
  /**
   * Adds rows [start, end), at least one, all of one granule of the part. The columns are the values of the index's
   * expressions; they lie in the kernels' memory and have no dictionaries.
   */
  add(columns: readonly Column[], start: number, end: number): void;
  /** The rows of a granule of the part were added. */
  endPartGranule(): void;
  /** Appends the summary of all rows since the last call. */
  finish(stream: StreamWriter): void;
  /** Gives memory back; nothing follows. */
  release(): void;
}

/** What an index of single values takes from rows [start, end): the rows, or the elements of all their arrays. */
export function valuesOfRows(
  column: Column,
  start: number,
  end: number,
): { readonly values: Column; readonly start: number; readonly end: number } {
  if (column.layout !== 'array') return { values: column, start, end };
  const { offsets, elements } = column;
  const [first, last] = [
    must(offsets[start], 'a row of the column'),
    must(offsets[end], 'a row of the column'),
  ];
  return { values: elements, start: first, end: last };
}
