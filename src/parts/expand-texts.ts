// expand-texts.ts — columns of codes as columns of texts, by kernels: what expandDictionary (types/block.ts) does.

import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Column, DictionaryColumn } from '../types/column.ts';
import { gatherRows } from '../types/gather.ts';

/** The column with each value where it is used, under the same type; what changes lies in the arena. */
export function expandTexts(column: Column, arena: Arena): Exclude<Column, DictionaryColumn> {
  switch (column.layout) {
    case 'dictionary': {
      const texts = gatherRows(column.dictionary, wideCodes(column, arena), arena);
      return { ...(texts as typeof column.dictionary), type: column.type };
    }
    case 'array':
      return { ...column, elements: expandTexts(column.elements, arena) };
    case 'tuple':
      return { ...column, fields: column.fields.map((field) => expandTexts(field, arena)) };
    default:
      return column;
  }
}

/** A column of codes as the column of the values: row by row one of `keys`, which are those of the dictionary. */
export function expandKeys(coded: DictionaryColumn, keys: Column, arena: Arena): Column {
  return gatherRows(keys, wideCodes(coded, arena), arena);
}

function wideCodes({ codes, rowCount }: DictionaryColumn, arena: Arena): Uint32Array {
  const source = arena.take(codes);
  if (source instanceof Uint32Array) return source.subarray(0, rowCount);
  const wide = arena.u32(rowCount);
  const { kernels } = kernelRuntime();
  const widen = source instanceof Uint8Array ? kernels.widenU8ToU32 : kernels.widenU16ToU32;
  widen(source.byteOffset, rowCount, wide.byteOffset);
  return wide;
}
