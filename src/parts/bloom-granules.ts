// bloom-granules.ts — granules of a bloom_filter index: of each column the hashes of its values, as bits of a filter.
//
//   number of hashes varint: the most distinct ones that a column has · per column a filter, sized by that number
//
// As in ClickHouse, arrays count by their elements, and the rows of a granule of the part that have none by the hash 0.

import { must } from '../base/assert.ts';
import { GroupNumbers } from '../expr/grouping/group-numbers.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { Workspace } from '../kernels/workspace.ts';
import type { Column, FixedColumn } from '../types/column.ts';
import { type BloomShape, bloomFilterBytes, bloomHashesOf, bloomShapeOf } from './bloom-hash.ts';
import { ByteWriter } from './byte-writer.ts';
import { type IndexGranules, valuesOfRows } from './index-granules.ts';
import type { StreamWriter } from './stream-writer.ts';

export class BloomGranules implements IndexGranules {
  readonly #columnCount: number;
  readonly #shape: BloomShape;
  #workspace = new Workspace();
  /** Of each column, its distinct hashes. */
  #hashes: readonly GroupNumbers[] = [];
  /** Of each column, how many values the granule of the part has. */
  readonly #valueCounts: number[];

  constructor(columnCount: number, falsePositiveRate: number) {
    this.#columnCount = columnCount;
    this.#shape = bloomShapeOf(falsePositiveRate);
    this.#valueCounts = Array.from({ length: columnCount }, () => 0);
    this.#begin();
  }

  add(columns: readonly Column[], start: number, end: number): void {
    for (const [i, column] of columns.entries()) {
      const { scratch } = this.#workspace;
      scratch.rewind();
      const rows = valuesOfRows(column, start, end);
      this.#valueCounts[i]! += rows.end - rows.start;
      this.#addHashes(i, bloomHashesOf(rows.values, rows.start, rows.end, scratch));
    }
  }

  endPartGranule(): void {
    for (const [i, count] of this.#valueCounts.entries())
      if (count === 0) this.#addHashes(i, this.#workspace.scratch.u64(1).fill(0n));
    this.#valueCounts.fill(0);
  }

  finish(stream: StreamWriter): void {
    const count = Math.max(...this.#hashes.map((hashes) => hashes.count));
    const writer = new ByteWriter();
    writer.varuint(count);
    stream.append(writer.finish());
    const sizeBytes = bloomFilterBytes(this.#shape, count);
    for (const hashes of this.#hashes) stream.append(this.#filterOf(hashes, sizeBytes));
    this.#workspace.close();
    this.#workspace = new Workspace();
    this.#begin();
  }

  release(): void {
    this.#workspace.close();
  }

  #begin(): void {
    this.#hashes = Array.from(
      { length: this.#columnCount },
      () => new GroupNumbers([hashColumn.type], this.#workspace),
    );
  }

  #addHashes(column: number, values: BigUint64Array): void {
    const hashes = { ...hashColumn, rowCount: values.length, values };
    must(this.#hashes[column], 'one per column').assign([hashes], values.length);
  }

  #filterOf(hashes: GroupNumbers, sizeBytes: number): Uint8Array {
    const { scratch } = this.#workspace;
    scratch.rewind();
    const filter = scratch.u8(sizeBytes).fill(0);
    const [distinct] = hashes.values(scratch) as [FixedColumn];
    const { hashCount } = this.#shape;
    const { byteOffset } = distinct.values;
    kernelRuntime().kernels.bloomSet(byteOffset, distinct.rowCount, hashCount, filter.byteOffset, sizeBytes);
    return filter;
  }
}

const hashColumn = { layout: 'fixed', type: { kind: 'UInt64' }, nulls: undefined } as const;
