// inline-values.ts — the values of a column in one run of bytes, as sets of skip indexes hold them.
//
//   fixed types    one value after the other, little-endian; UUID as two 64-bit words
//   String         each with its length before it
//   Nullable       a flag per value, 1 = NULL, then the values, those under NULL too
//   LowCardinality version 1 as u64 · 0x600 and the width of a code as u64 · number of texts u64 · texts
//                  · number of values u64 · codes; text 0 of a Nullable type is NULL
//
// Keeps true: nothing is allocated for more values than there are bytes.

import { CorruptionError } from '../base/errors.ts';
import { relabelled, takeRows } from '../types/block.ts';
import { type Column, fixedArrays } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { type DataType, isNullable, nullable, physicalOf, withoutNullable } from '../types/data-type.ts';
import type { ByteReader } from './byte-reader.ts';
import { readRows } from './single-value.ts';

const VERSION = 1;
const OWN_TEXTS = 0x600;
const CODE_ARRAYS = [Uint8Array, Uint16Array, Uint32Array] as const;

/** Errors: CorruptionError. */
export function readInlineValues(reader: ByteReader, type: DataType, rowCount: number): Column {
  if (type.kind === 'LowCardinality') return readCoded(reader, type, rowCount);
  if (type.kind !== 'Nullable') return readPlain(reader, type, rowCount);
  const nulls = Uint8Array.from(reader.take(rowCount));
  if (nulls.some((flag) => flag > 1)) throw new CorruptionError(reader.file, 'flags of 0 or 1', 'others');
  const values = readPlain(reader, type.inner, rowCount);
  return withDefaults(values, type, nulls);
}

function readPlain(reader: ByteReader, type: DataType, rowCount: number): Column {
  const physical = physicalOf(type);
  if (physical in fixedArrays && type.kind !== 'Enum8' && type.kind !== 'Bool') {
    const array = fixedArrays[physical as keyof typeof fixedArrays];
    const bytes = Uint8Array.from(reader.take(rowCount * array.BYTES_PER_ELEMENT));
    return { layout: 'fixed', type, rowCount, values: new array(bytes.buffer), nulls: undefined };
  }
  // One value after the other, checked one by one.
  return readRows(reader, [type], rowCount)[0]!;
}

/** What lies under NULL may be anything in a file, and is the default in a column. */
function withDefaults(values: Column, type: DataType, nulls: Uint8Array): Column {
  const builder = createColumnBuilder(type, nulls.length);
  for (const [row, isNull] of nulls.entries()) {
    if (isNull === 1) builder.appendNull();
    else builder.appendFrom(values, row);
  }
  return builder.finish();
}

function readCoded(reader: ByteReader, type: DataType, rowCount: number): Column {
  requireNumber(reader, VERSION, 'version');
  const flags = reader.count();
  const codeArray = CODE_ARRAYS[flags - OWN_TEXTS];
  if (!codeArray)
    throw new CorruptionError(reader.file, `flags before ${reader.at}`, `0x${flags.toString(16)}`);
  const textCount = reader.count();
  if (textCount > reader.left) throw new CorruptionError(reader.file, `${textCount} texts`, 'fewer bytes');
  const inner = withoutNullable(type);
  const texts = readRows(reader, [inner], textCount)[0]!;
  requireNumber(reader, rowCount, 'number of values');
  const codes = new codeArray(Uint8Array.from(reader.take(rowCount * codeArray.BYTES_PER_ELEMENT)).buffer);
  if (codes.some((code: number) => code >= textCount))
    throw new CorruptionError(reader.file, `codes below ${textCount} before ${reader.at}`, 'others');
  const values = takeRows(texts, Uint32Array.from(codes));
  if (!isNullable(type)) return relabelled(values, type, undefined);
  const nulls = Uint8Array.from(codes, (code) => (code === 0 ? 1 : 0));
  return relabelled(withDefaults(values, nullable(inner), nulls), type, nulls);
}

function requireNumber(reader: ByteReader, expected: number, what: string): void {
  const found = reader.count();
  if (found !== expected)
    throw new CorruptionError(reader.file, `${what} ${expected} before ${reader.at}`, `${found}`);
}
