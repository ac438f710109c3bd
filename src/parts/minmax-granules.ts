// minmax-granules.ts — granules of a minmax index: of each column the smallest and the largest value.
//
// As in ClickHouse, NULL counts as largest, and NaN does not count beside other values of its granule of the part.

import type { Column } from '../types/column.ts';
import { ByteWriter } from './byte-writer.ts';
import { ColumnBounds } from './column-bounds.ts';
import { writeValue } from './single-value.ts';
import type { IndexGranules } from './index-granules.ts';
import type { StreamWriter } from './stream-writer.ts';

export class MinmaxGranules implements IndexGranules {
  readonly #columnCount: number;
  #bounds: readonly ColumnBounds[];
  /** Those of the granule of the part. */
  #partBounds: readonly ColumnBounds[];

  constructor(columnCount: number) {
    this.#columnCount = columnCount;
    this.#bounds = this.#new('isLargest');
    this.#partBounds = this.#new('leaveOut');
  }

  add(columns: readonly Column[], start: number, end: number): void {
    columns.forEach((column, i) => this.#partBounds[i]!.add(column, start, end));
  }

  endPartGranule(): void {
    this.#bounds.forEach((bounds, i) => bounds.add(this.#partBounds[i]!.bounds!));
    this.#partBounds = this.#new('leaveOut');
  }

  finish(stream: StreamWriter): void {
    const writer = new ByteWriter();
    for (const { bounds } of this.#bounds) for (const row of [0, 1]) writeValue(writer, bounds!, row);
    stream.append(writer.finish());
    this.#bounds = this.#new('isLargest');
  }

  release(): void {}

  #new(nan: 'isLargest' | 'leaveOut'): readonly ColumnBounds[] {
    return Array.from({ length: this.#columnCount }, () => new ColumnBounds(nan));
  }
}
