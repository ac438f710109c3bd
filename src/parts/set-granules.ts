// set-granules.ts — granules of a set index: the distinct rows of its columns, in order of first sight.
//
//   number of rows u64, 0 when there are more than `maxRows` · each column as in a stream of its own

import { GroupNumbers } from '../expr/grouping/group-numbers.ts';
import { Workspace } from '../kernels/workspace.ts';
import { concatColumns, sliceColumn } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { gatherRows, takeColumnTo } from '../types/gather.ts';
import { columnWriter } from './column-writer.ts';
import type { IndexGranules } from './index-granules.ts';
import { writeStandaloneDictionary } from './standalone-dictionary.ts';
import type { StreamWriter } from './stream-writer.ts';

export class SetGranules implements IndexGranules {
  readonly #types: readonly DataType[];
  readonly #maxRows: number;
  #workspace = new Workspace();
  #numbers: GroupNumbers;
  /** Of each column, the values of rows that were new, piece by piece; undefined once there were too many rows. */
  #pieces: Column[][] | undefined;

  /** `maxRows` 0: no limit. */
  constructor(types: readonly DataType[], maxRows: number) {
    this.#types = types;
    this.#maxRows = maxRows;
    this.#numbers = new GroupNumbers(types, this.#workspace);
    this.#pieces = types.map(() => []);
  }

  add(columns: readonly Column[], start: number, end: number): void {
    if (!this.#pieces) return;
    const { scratch, lasting } = this.#workspace;
    scratch.rewind();
    const rows = columns.map((column) => sliceColumn(column, start, end));
    const { firstRows } = this.#numbers.assign(rows, end - start);
    if (this.#maxRows > 0 && this.#numbers.count > this.#maxRows) this.#pieces = undefined;
    else if (firstRows.length > 0)
      this.#pieces.forEach((pieces, i) => pieces.push(gatherRows(rows[i]!, firstRows, lasting)));
  }

  endPartGranule(): void {}

  finish(stream: StreamWriter): void {
    stream.appendNumber(this.#pieces ? this.#numbers.count : 0);
    for (const pieces of this.#pieces ?? []) this.#write(stream, concatColumns(pieces));
    this.#workspace.close();
    this.#workspace = new Workspace();
    this.#numbers = new GroupNumbers(this.#types, this.#workspace);
    this.#pieces = this.#types.map(() => []);
  }

  release(): void {
    this.#workspace.close();
  }

  #write(stream: StreamWriter, column: Column): void {
    const { scratch } = this.#workspace;
    if (column.type.kind === 'LowCardinality')
      return writeStandaloneDictionary(stream, takeColumnTo(column, scratch), scratch);
    const own = (): StreamWriter => stream;
    const context = { stream: own, sizes: own, arena: scratch, scratch };
    const writer = columnWriter({ name: '', type: column.type }, context);
    writer.begin(column);
    writer.append(0, column.rowCount);
    writer.finish();
  }
}
