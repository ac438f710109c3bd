// list-numbering.ts — numbers for arrays and maps: the numbers of a list's elements, in a row, are numbered as a text.

import { assert } from '../../base/assert.ts';
import type { Arena } from '../../kernels/arena.ts';
import type { Workspace } from '../../kernels/workspace.ts';
import { sliceColumn, takeRows } from '../../types/block.ts';
import type { ArrayColumn, Column } from '../../types/column.ts';
import type { DataType } from '../../types/data-type.ts';
import type { ColumnNumbering, NumberTarget } from './numbering.ts';
import { TextNumbering } from './text-numbering.ts';

const numberBytes = 4;

export class ListNumbering implements ColumnNumbering {
  readonly #type: DataType;
  readonly #scratch: Arena;
  readonly #elements: ColumnNumbering;
  readonly #lists: TextNumbering;

  constructor(type: DataType, elements: ColumnNumbering, workspace: Workspace) {
    this.#type = type;
    this.#scratch = workspace.scratch;
    this.#elements = elements;
    this.#lists = new TextNumbering({ kind: 'String' }, workspace);
  }

  get count(): number {
    return this.#lists.count;
  }

  assign(column: Column, rowCount: number, target: NumberTarget): void {
    assert(column.layout === 'array', 'the columns of one key have one layout');
    const elementCount = column.offsets[rowCount]!;
    const numbers = this.#scratch.bytes(numberBytes * elementCount);
    const firstRows = this.#scratch.u32(elementCount).byteOffset;
    const elements = sliceColumn(column.elements, 0, elementCount);
    this.#elements.assign(elements, elementCount, { groups: numbers.byteOffset, firstRows });
    const offsets = this.#scratch.u32(rowCount + 1);
    for (let row = 0; row <= rowCount; row++) offsets[row] = numberBytes * column.offsets[row]!;
    const type: DataType = { kind: 'String' };
    this.#lists.assign(
      { layout: 'bytes', type, rowCount, offsets, bytes: numbers, nulls: undefined },
      rowCount,
      target,
    );
  }

  values(arena: Arena): ArrayColumn {
    const { offsets, bytes, rowCount } = this.#lists.values(arena);
    const numbers = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / numberBytes);
    return {
      layout: 'array',
      type: this.#type,
      rowCount,
      offsets: offsets.map((offset) => offset / numberBytes),
      elements: takeRows(this.#elements.values(arena), numbers),
      nulls: undefined,
    };
  }
}
