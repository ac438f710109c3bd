// standalone-dictionary.ts — a LowCardinality column in one stream, with a dictionary of its own.
//
//   version u64 = 1 · flags u64 · number of texts u64 · texts · rows u64 · codes
//   flags: width of a code (0 = u8, 1 = u16, 2 = u32), 0x200 texts follow, 0x400 they are all that codes mean
//
// Code 0 is the default, or NULL and then code 1 the default.

import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Column } from '../types/column.ts';
import { appendKeys, firstKeys, keysOf } from './dictionary-keys.ts';
import { ADDITIONAL, BEGINS, DICTIONARY_VERSION } from './dictionary-pieces.ts';
import type { StreamWriter } from './stream-writer.ts';

/** The column lies in the kernels' memory; the arena lives as long as the call. */
export function writeStandaloneDictionary(stream: StreamWriter, column: Column, arena: Arena): void {
  const { type } = column;
  const { rowCount, offsets, bytes, nulls } = keysOf(column, arena);
  // At most two more: NULL and the default.
  const dictionary = firstKeys(type, arena, rowCount + 2, bytes.length, bytes.length);
  const codes = arena.u32(rowCount);
  kernelRuntime().kernels.encodeTexts(
    dictionary.pointer,
    0,
    offsets.byteOffset,
    bytes.byteOffset,
    nulls?.byteOffset ?? 0,
    0,
    rowCount,
    codes.byteOffset,
  );
  const { count } = dictionary;
  const width = count <= 0x100 ? 0 : count <= 0x1_0000 ? 1 : 2;
  stream.appendNumber(DICTIONARY_VERSION);
  stream.appendNumber(ADDITIONAL + BEGINS + width);
  stream.appendNumber(count);
  appendKeys(stream, type, dictionary, arena);
  stream.appendNumber(rowCount);
  const narrow = width === 0 ? Uint8Array.from(codes) : width === 1 ? Uint16Array.from(codes) : codes;
  stream.append(new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength));
}
