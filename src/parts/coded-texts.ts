// coded-texts.ts — a column of few different texts as codes of a dictionary, the form that kernels like best.

import { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BytesColumn, DictionaryColumn } from '../types/column.ts';
import { TextDictionary } from './text-dictionary.ts';

/** With more texts than this, or than one for so many rows, codes are not worth their dictionary. */
const MAX_TEXTS = 4096;
const ROWS_PER_TEXT = 8;
const FIRST_BYTES = 65_536;
const MAX_BYTES = 1_048_576;

/** The column's rows without NULLs, which lie in the kernels' memory; undefined when its texts are too many. */
export function codedTexts(column: BytesColumn, arena: Arena): DictionaryColumn | undefined {
  const { rowCount, type } = column;
  const maxTexts = Math.min(MAX_TEXTS, Math.floor(rowCount / ROWS_PER_TEXT));
  if (maxTexts === 0) return undefined;
  const scratch = new Arena();
  try {
    const texts = new TextDictionary(scratch, maxTexts, FIRST_BYTES, MAX_BYTES);
    const codes = scratch.u32(rowCount);
    if (!encode(column, texts, codes)) return undefined;
    const offsets = arena.u32(texts.count + 1);
    offsets.set(texts.offsets);
    const bytes = arena.bytes(texts.bytes.length);
    bytes.set(texts.bytes);
    const dictionary = {
      layout: 'bytes',
      type,
      rowCount: texts.count,
      offsets,
      bytes,
      nulls: undefined,
    } as const;
    return {
      layout: 'dictionary',
      type,
      rowCount,
      codes: narrow(codes, texts.count, arena),
      dictionary,
      nulls: undefined,
    };
  } finally {
    scratch.release();
  }
}

function encode(
  { offsets, bytes, rowCount }: BytesColumn,
  texts: TextDictionary,
  codes: Uint32Array,
): boolean {
  const { kernels } = kernelRuntime();
  const source = [offsets.byteOffset, bytes.byteOffset, 0] as const;
  for (let row = 0; ;) {
    row = kernels.encodeTexts(texts.pointer, 0, ...source, row, rowCount, codes.byteOffset);
    if (row === rowCount) return true;
    if (!texts.grow()) return false;
  }
}

function narrow(codes: Uint32Array, count: number, arena: Arena): Uint8Array | Uint16Array {
  const { kernels } = kernelRuntime();
  const narrowed = count <= 256 ? arena.u8(codes.length) : arena.u16(codes.length);
  const kernel = count <= 256 ? kernels.narrowU32ToU8 : kernels.narrowU32ToU16;
  kernel(codes.byteOffset, codes.length, narrowed.byteOffset);
  return narrowed;
}
