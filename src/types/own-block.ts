// own-block.ts — columns that outlive the memory they were lent in.

import { inKernelMemory } from '../kernels/runtime.ts';
import type { Block, BytesColumn, Column, FixedValues } from './column.ts';

/** The block with every array that lies in the kernels' memory copied out of it. */
export function ownBlock(block: Block): Block {
  return { rowCount: block.rowCount, columns: block.columns.map(ownColumn) };
}

export function ownColumn(column: Column): Column {
  switch (column.layout) {
    case 'fixed':
      return { ...column, values: ownArray(column.values), nulls: column.nulls && ownArray(column.nulls) };
    case 'bytes': {
      const { offsets, bytes, nulls } = column;
      const owned = inKernelMemory(bytes) ? Buffer.from(bytes) : bytes;
      return { ...column, offsets: ownArray(offsets), bytes: owned, nulls: nulls && ownArray(nulls) };
    }
    case 'array':
      return { ...column, offsets: ownArray(column.offsets), elements: ownColumn(column.elements) };
    case 'tuple':
      return { ...column, fields: column.fields.map(ownColumn) };
    case 'dictionary':
      return { ...column, codes: ownArray(column.codes), dictionary: ownDictionary(column.dictionary) };
  }
}

/** One copy of each dictionary, so that columns that share it still do. */
const ownDictionaries = new WeakMap<BytesColumn, BytesColumn>();

function ownDictionary(dictionary: BytesColumn): BytesColumn {
  const known = ownDictionaries.get(dictionary);
  if (known) return known;
  const own = ownColumn(dictionary) as BytesColumn;
  ownDictionaries.set(dictionary, own);
  return own;
}

function ownArray<T extends FixedValues>(values: T): T {
  if (!inKernelMemory(values)) return values;
  const copy = new (values.constructor as new (length: number) => T)(values.length);
  // Out of a shared memory, buffers copy several times as fast as typed arrays do.
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).copy(Buffer.from(copy.buffer));
  return copy;
}
