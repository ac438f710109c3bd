// standalone-dictionary.ts — a LowCardinality column in one stream, with a dictionary of its own.
//
//   version u64 = 1 · flags u64 · number of texts u64 · texts · rows u64 · codes
//   flags: width of a code (0 = u8, 1 = u16, 2 = u32), 0x200 texts follow, 0x400 they are all that codes mean
//
// Code 0 is the empty text, or NULL and then code 1 the empty text.

import { assert } from '../base/assert.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { Column } from '../types/column.ts';
import { isNullable } from '../types/data-type.ts';
import type { StreamWriter } from './stream-writer.ts';
import { TextDictionary } from './text-dictionary.ts';
import { appendTexts } from './text-stream.ts';

const VERSION = 1;
const OWN_TEXTS = 0x600;

/** The column lies in the kernels' memory; the arena lives as long as the call. */
export function writeStandaloneDictionary(stream: StreamWriter, column: Column, arena: Arena): void {
  assert(column.layout === 'bytes', 'LowCardinality columns hold texts');
  const { rowCount, offsets, bytes, nulls } = column;
  // At most two more: NULL and the empty text.
  const dictionary = new TextDictionary(arena, rowCount + 2, bytes.length, bytes.length);
  if (isNullable(column.type)) dictionary.addNull();
  dictionary.addEmpty();
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
  stream.appendNumber(VERSION);
  stream.appendNumber(OWN_TEXTS + width);
  stream.appendNumber(count);
  appendTexts(stream, dictionary.offsets.byteOffset, dictionary.bytes.byteOffset, count, arena);
  stream.appendNumber(rowCount);
  const narrow = width === 0 ? Uint8Array.from(codes) : width === 1 ? Uint16Array.from(codes) : codes;
  stream.append(new Uint8Array(narrow.buffer, narrow.byteOffset, narrow.byteLength));
}
