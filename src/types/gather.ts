// gather.ts — rows of Columns chosen by kernels: what takeRows (block.ts) does, in the kernels' memory.

import { assert } from '../base/assert.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { takeRows } from './block.ts';
import type { Block, BytesColumn, Column, FixedValues } from './column.ts';
import { lazyList } from './lazy-list.ts';

/** The rows named by `rows`, which lies in the kernels' memory, in that order. The result lies in the arena. */
export function gatherRows(column: Column, rows: Uint32Array, arena: Arena): Column {
  switch (column.layout) {
    case 'fixed':
      return {
        ...column,
        rowCount: rows.length,
        values: gatherValues(column.values, rows, arena),
        nulls: column.nulls && gatherValues(column.nulls, rows, arena),
      };
    case 'bytes':
      return gatherTexts(column, rows, arena);
    case 'dictionary':
      return { ...column, rowCount: rows.length, codes: gatherValues(column.codes, rows, arena) };
    case 'tuple': {
      const fields = column.fields.map((field) => gatherRows(field, rows, arena));
      return { ...column, rowCount: rows.length, fields };
    }
    case 'array':
      return takeRows(column, rows);
  }
}

/** The rows of each column, which are gathered when the column is first looked at. */
export function gatherBlock(block: Block, rows: Uint32Array, arena: Arena): Block {
  const columns = lazyList(block.columns.length, (i) => gatherRows(block.columns[i]!, rows, arena));
  return { rowCount: rows.length, columns };
}

/** The rows whose mask is 1, for gatherRows. The mask lies in the kernels' memory. */
export function rowsOfMask(mask: Uint8Array, arena: Arena): Uint32Array {
  const rows = arena.u32(mask.length);
  const { kernels } = kernelRuntime();
  return rows.subarray(0, kernels.maskPositions(mask.byteOffset, mask.length, rows.byteOffset));
}

/** A dictionary column as the column of bytes that it stands for, of the same type; any other column itself. */
export function expandCodes(column: Column, arena: Arena): Column {
  if (column.layout !== 'dictionary') return column;
  const { codes, rowCount } = column;
  const rows = arena.u32(rowCount);
  const { kernels } = kernelRuntime();
  const source = arena.take(codes).byteOffset;
  if (codes.BYTES_PER_ELEMENT === 1) kernels.widenU8ToU32(source, rowCount, rows.byteOffset);
  else if (codes.BYTES_PER_ELEMENT === 2) kernels.widenU16ToU32(source, rowCount, rows.byteOffset);
  const positions = codes.BYTES_PER_ELEMENT === 4 ? (arena.take(codes) as Uint32Array) : rows;
  const values = gatherTexts(column.dictionary, positions.subarray(0, rowCount), arena);
  return { ...values, type: column.type };
}

/** The values at `rows`, likewise. */
export function gatherValues<T extends FixedValues>(values: T, rows: Uint32Array, arena: Arena): T {
  const source = arena.take(values);
  const width = values.BYTES_PER_ELEMENT as 1 | 2 | 4 | 8;
  const pointer = arena.allocate(width * rows.length);
  const { kernels, memory } = kernelRuntime();
  const kernel = ({ 1: 'gather8', 2: 'gather16', 4: 'gather32', 8: 'gather64' } as const)[width];
  kernels[kernel](source.byteOffset, rows.byteOffset, rows.length, pointer);
  type ArrayOver = new (buffer: SharedArrayBuffer, byteOffset: number, length: number) => T;
  return new (values.constructor as ArrayOver)(memory.buffer, pointer, rows.length);
}

/** The block with all that lies elsewhere copied to the arena. */
export function takeBlockTo(block: Block, arena: Arena): Block {
  return { rowCount: block.rowCount, columns: block.columns.map((column) => takeColumnTo(column, arena)) };
}

export function takeColumnTo(column: Column, arena: Arena): Column {
  const nulls = column.nulls && arena.take(column.nulls);
  switch (column.layout) {
    case 'fixed':
      return { ...column, values: arena.take(column.values), nulls };
    case 'bytes':
      return { ...column, offsets: arena.take(column.offsets), bytes: arena.take(column.bytes), nulls };
    case 'dictionary': {
      const dictionary = takeColumnTo(column.dictionary, arena) as BytesColumn;
      return { ...column, codes: arena.take(column.codes), dictionary };
    }
    case 'tuple':
      return { ...column, fields: column.fields.map((field) => takeColumnTo(field, arena)) };
    case 'array': {
      const elements = takeColumnTo(column.elements, arena);
      return { ...column, offsets: arena.take(column.offsets), elements };
    }
  }
}

function gatherTexts(column: BytesColumn, rows: Uint32Array, arena: Arena): BytesColumn {
  const sourceOffsets = arena.take(column.offsets).byteOffset;
  const source = arena.take(column.bytes).byteOffset;
  const offsets = arena.u32(rows.length + 1);
  const { kernels } = kernelRuntime();
  const { byteOffset: positions, length } = rows;
  const sizeBytes = kernels.gatherOffsets(sourceOffsets, positions, length, offsets.byteOffset);
  assert(sizeBytes < 2 ** 32, 'one column of one block holds less than 4 GiB');
  const bytes = arena.bytes(sizeBytes);
  kernels.gatherBytes(sourceOffsets, source, positions, length, bytes.byteOffset);
  const nulls = column.nulls && gatherValues(column.nulls, rows, arena);
  return { layout: 'bytes', type: column.type, rowCount: length, offsets, bytes, nulls };
}
