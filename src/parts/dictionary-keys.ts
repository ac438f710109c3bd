// dictionary-keys.ts — the values of a LowCardinality column as a dictionary has them: texts, or other values as their bytes
// on disk.

import { assert } from '../base/assert.ts';
import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BytesColumn, Column } from '../types/column.ts';
import { type DataType, isNullable, withoutNullable } from '../types/data-type.ts';
import { allStoredBytes } from './stored-bytes.ts';
import { storedSizeBytes } from './stored-values.ts';
import type { StreamWriter } from './stream-writer.ts';
import { TextDictionary } from './text-dictionary.ts';
import { appendTexts } from './text-stream.ts';

/** Bytes of every key of a LowCardinality type; undefined of texts, which have their lengths. */
export function keySizeBytes(type: DataType): number | undefined {
  const key = withoutNullable(type);
  return key.kind === 'String' ? undefined : storedSizeBytes(key);
}

/** The values of a column as keys, in the kernels' memory. */
export function keysOf(column: Column, arena: Arena): BytesColumn {
  assert(column.layout === 'fixed' || column.layout === 'bytes', 'LowCardinality holds no composite values');
  const nulls = column.nulls && arena.take(column.nulls);
  const sizeBytes = keySizeBytes(column.type);
  if (column.layout === 'bytes') {
    const stored = allStoredBytes(withoutNullable(column.type), column.bytes, arena);
    return { ...column, offsets: arena.take(column.offsets), bytes: asBuffer(arena.take(stored)), nulls };
  }
  const { rowCount, values, type } = column;
  const offsets = arena.u32(rowCount + 1);
  kernelRuntime().kernels.evenOffsets(offsets.byteOffset, rowCount, sizeBytes!);
  return { layout: 'bytes', type, rowCount, offsets, bytes: asBuffer(arena.take(values)), nulls };
}

const asBuffer = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** A dictionary of the keys that come first in any: NULL of a Nullable type, and the default. */
export function firstKeys(
  type: DataType,
  arena: Arena,
  maxKeys: number,
  bytes: number,
  maxBytes: number,
): TextDictionary {
  const sizeBytes = keySizeBytes(type) ?? 0;
  const room = 2 * sizeBytes;
  const dictionary = new TextDictionary(arena, maxKeys, bytes + room, maxBytes + room);
  if (isNullable(type)) dictionary.addNull(sizeBytes);
  dictionary.addDefault(sizeBytes);
  return dictionary;
}

/** Appends the keys of a dictionary of that type. */
export function appendKeys(
  stream: StreamWriter,
  type: DataType,
  { offsets, bytes, count }: TextDictionary,
  scratch: Arena,
): void {
  if (keySizeBytes(type) === undefined)
    appendTexts(stream, offsets.byteOffset, bytes.byteOffset, count, scratch);
  else stream.append(bytes);
}
