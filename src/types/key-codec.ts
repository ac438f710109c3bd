// key-codec.ts — rows as byte strings whose order is ClickHouse's ascending order, NULLS LAST.
//
// A key is its fields, one after the other:
//   Nullable    00 then the value, or 01 for NULL
//   integers    big-endian, the sign bit of signed ones flipped; also dates, decimals, enums and booleans
//   floats      IEEE 754 big-endian: sign bit flipped for positive, all bits for negative values;
//               -0 is stored as 0, every NaN as one NaN, after +inf
//   String      00 becomes 01 01 and 01 becomes 01 02, then the terminator 00. (With the usual 00 FF for 00, a
//               terminator before a field that begins with FF would read as part of the text.)
//   FixedString its bytes; so the other types of one size that sort by their bytes in memory
//   UUID        its second half, then its first, as ClickHouse compares UUIDs
//
// Every field ends itself, so keys of a prefix of the columns are prefixes of keys, and no key is a prefix of
// another key with as many fields.

import { assert, must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { murmur3 } from '../base/hash.ts';
import type { BytesColumn, Column, FixedColumn } from './column.ts';
import type { ColumnBuilder } from './column-builder.ts';
import type { DataType, FixedPhysical } from './data-type.ts';
import { evenSizeBytes, isNullable, physicalOf, typeName, withoutNullable } from './data-type.ts';

export interface KeyCodec {
  /**
   * The key of one row, behind `headroomBytes` bytes that the caller fills; `columns` may be a prefix of the codec's
   * types.
   */
  encode(columns: readonly Column[], row: number, headroomBytes?: number): Buffer;
  /** The hash of the key of one row (base/hash.ts), without making the key. */
  hash(columns: readonly Column[], row: number): number;
  /**
   * Appends each field to its builder; undefined skips the field. The key begins at `start` (default 0) and may have
   * fewer fields than builders.
   */
  decodeInto(key: Uint8Array, builders: readonly (ColumnBuilder | undefined)[], start?: number): void;
  /** Where each field of the key ends, exclusive. */
  fieldEnds(key: Uint8Array): number[];
}

/** A codec for keys with these fields. Errors: BAD_ARGUMENTS for Array, Tuple and Map. */
export function createKeyCodec(types: readonly DataType[]): KeyCodec {
  const fields = types.map(fieldOf);
  return {
    encode(columns, row, headroomBytes = 0) {
      const end = toScratchKey(fields, columns, row);
      const key = Buffer.allocUnsafe(headroomBytes + end);
      // Keys are short: a loop is faster than the call into `copy`.
      for (let i = 0; i < end; i++) key[headroomBytes + i] = scratch[i]!;
      return key;
    },
    hash: (columns, row) => murmur3(scratch, 0, toScratchKey(fields, columns, row)),
    decodeInto(key, builders, start = 0) {
      let at = start;
      for (let i = 0; i < builders.length && at < key.length; i++) {
        const field = must(fields[i], 'a key has no more fields than its codec');
        const builder = builders[i];
        at = builder ? readField(field, key, at, builder) : skipField(field, key, at);
      }
    },
    fieldEnds(key) {
      const ends: number[] = [];
      for (let at = 0; at < key.length; ends.push(at)) {
        at = skipField(must(fields[ends.length], 'a key has no more fields than its codec'), key, at);
      }
      return ends;
    },
  };
}

/** The smallest key after all keys that begin with `prefix`; undefined when there is none (nothing but FF). */
export function prefixEnd(key: Uint8Array): Buffer | undefined {
  let length = key.length;
  while (length > 0 && key[length - 1] === 0xff) length--;
  if (length === 0) return undefined;
  const end = Buffer.from(key.subarray(0, length));
  end[length - 1]!++;
  return end;
}

type Shape = FixedPhysical | 'string' | 'even-bytes' | 'uuid';

type NumberShape = Exclude<Shape, 'string' | 'even-bytes' | 'uuid' | 'i64' | 'u64'>;

type Field = {
  readonly shape: Shape;
  readonly nullable: boolean;
  /** 0 for String. */ readonly sizeBytes: number;
};

const sizes = { i8: 1, u8: 1, i16: 2, u16: 2, i32: 4, u32: 4, f32: 4, i64: 8, u64: 8, f64: 8 };

function fieldOf(type: DataType): Field {
  const nullable = isNullable(type);
  const inner = withoutNullable(type);
  const physical = physicalOf(inner);
  if (physical === 'array' || physical === 'tuple')
    throw new WinnowError('BAD_ARGUMENTS', `a key cannot hold values of type ${typeName(type)}`);
  if (physical !== 'bytes') return { shape: physical, nullable, sizeBytes: sizes[physical] };
  const sizeBytes = evenSizeBytes(inner);
  if (sizeBytes === undefined) return { shape: 'string', nullable, sizeBytes: 0 };
  return { shape: inner.kind === 'UUID' ? 'uuid' : 'even-bytes', nullable, sizeBytes };
}

// Keys are built here and copied out: encoding is synchronous, and a key's length is known only at its end.
let scratch = Buffer.allocUnsafeSlow(1024);
let scratchView = viewOf(scratch);

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function reserve(sizeBytes: number): void {
  if (sizeBytes <= scratch.length) return;
  const grown = Buffer.allocUnsafeSlow(Math.max(sizeBytes, 2 * scratch.length));
  scratch.copy(grown);
  scratch = grown;
  scratchView = viewOf(grown);
}

/** Encodes a key at the start of the scratch buffer; returns its end. */
function toScratchKey(fields: readonly Field[], columns: readonly Column[], row: number): number {
  assert(columns.length <= fields.length, 'a key has no more columns than its codec');
  let end = 0;
  for (let i = 0; i < columns.length; i++) end = writeField(fields[i]!, columns[i]!, row, end);
  return end;
}

/** Writes one field at `at` of the scratch buffer; returns its end. */
function writeField(field: Field, column: Column, row: number, at: number): number {
  reserve(at + 1 + field.sizeBytes);
  if (!field.nullable) return writeValue(field, column, row, at);
  // A value column may stand for a Nullable field: it has no NULL.
  if (column.nulls && column.nulls[row] === 1) {
    scratch[at] = 1;
    return at + 1;
  }
  scratch[at] = 0;
  return writeValue(field, column, row, at + 1);
}

function writeValue(field: Field, column: Column, row: number, at: number): number {
  switch (field.shape) {
    case 'string':
      return writeString(column as BytesColumn, row, at);
    case 'even-bytes':
      return writeBytes(column as BytesColumn, row, 0, field.sizeBytes, at);
    case 'uuid':
      return writeBytes(column as BytesColumn, row, 0, 8, writeBytes(column as BytesColumn, row, 8, 16, at));
    case 'i64':
    case 'u64':
      writeBigint(field.shape, (column as FixedColumn).values[row] as bigint, at);
      return at + 8;
    default:
      writeNumber(field.shape, (column as FixedColumn).values[row] as number, at);
      return at + field.sizeBytes;
  }
}

function writeNumber(shape: NumberShape, value: number, at: number): void {
  switch (shape) {
    case 'i8':
      scratch[at] = value ^ 0x80;
      return;
    case 'u8':
      scratch[at] = value;
      return;
    case 'i16':
      scratchView.setUint16(at, value ^ 0x8000);
      return;
    case 'u16':
      scratchView.setUint16(at, value);
      return;
    case 'i32':
      scratchView.setUint32(at, value ^ 0x80000000);
      return;
    case 'u32':
      scratchView.setUint32(at, value);
      return;
    case 'f32':
      scratchView.setFloat32(at, value === 0 ? 0 : value);
      scratchView.setUint32(
        at,
        Number.isNaN(value) ? sortable(0x7fc00000) : sortable(scratchView.getUint32(at)),
      );
      return;
    case 'f64':
      writeFloat64(value, at);
      return;
  }
}

function writeFloat64(value: number, at: number): void {
  scratchView.setFloat64(at, value === 0 ? 0 : value);
  const high = Number.isNaN(value) ? 0x7ff80000 : scratchView.getUint32(at);
  const low = Number.isNaN(value) ? 0 : scratchView.getUint32(at + 4);
  scratchView.setUint32(at, sortable(high));
  scratchView.setUint32(at + 4, high >= 0x80000000 ? ~low : low);
}

function writeBigint(shape: 'i64' | 'u64', value: bigint, at: number): void {
  scratchView.setBigUint64(at, BigInt.asUintN(64, value));
  if (shape === 'i64') scratch[at]! ^= 0x80;
}

/** The high word of a float's bits, so that its unsigned order is the float's. */
function sortable(word: number): number {
  return word >= 0x80000000 ? ~word : word ^ 0x80000000;
}

/** Inverse of `sortable`. */
function unsortable(word: number): number {
  return word >= 0x80000000 ? word ^ 0x80000000 : ~word;
}

function writeString(column: BytesColumn, row: number, at: number): number {
  const { bytes, offsets } = column;
  const end = offsets[row + 1]!;
  reserve(at + 2 * (end - offsets[row]!) + 1);
  let to = at;
  for (let from = offsets[row]!; from < end; from++) {
    const byte = bytes[from]!;
    if (byte <= 1) {
      scratch[to++] = 1;
      scratch[to++] = byte + 1;
    } else {
      scratch[to++] = byte;
    }
  }
  scratch[to++] = 0;
  return to;
}

/** Writes bytes [start, end) of the value. */
function writeBytes(column: BytesColumn, row: number, start: number, end: number, at: number): number {
  const first = column.offsets[row]!;
  let to = at;
  for (let from = first + start; from < first + end; from++) scratch[to++] = column.bytes[from]!;
  return to;
}

/** Where the field that begins at `at` ends. */
function skipField(field: Field, key: Uint8Array, at: number): number {
  if (field.nullable && key[at] === 1) return at + 1;
  const start = field.nullable ? at + 1 : at;
  const end = field.shape === 'string' ? key.indexOf(0, start) + 1 : start + field.sizeBytes;
  assert(end > start && end <= key.length, 'a key holds whole fields');
  return end;
}

/** Appends the field that begins at `at`; returns its end. */
function readField(field: Field, key: Uint8Array, at: number, builder: ColumnBuilder): number {
  const end = skipField(field, key, at);
  if (field.nullable && key[at] === 1) {
    builder.appendNull();
    return end;
  }
  const start = field.nullable ? at + 1 : at;
  switch (field.shape) {
    case 'string':
      readString(key, start, end - 1, builder);
      return end;
    case 'even-bytes':
      builder.appendBytes(key, start, end);
      return end;
    case 'uuid':
      for (let i = 0; i < 16; i++) scratch[i] = key[start + (i < 8 ? i + 8 : i - 8)]!;
      builder.appendBytes(scratch, 0, 16);
      return end;
    case 'i64':
      load(key, start, 8);
      builder.appendBigint(scratchView.getBigInt64(0) ^ -0x8000000000000000n);
      return end;
    case 'u64':
      load(key, start, 8);
      builder.appendBigint(scratchView.getBigUint64(0));
      return end;
    default:
      load(key, start, field.sizeBytes);
      builder.appendNumber(loadedNumber(field.shape));
      return end;
  }
}

/** Brings a field to the start of the scratch buffer: a view of every key would cost more than reading it. */
function load(key: Uint8Array, at: number, sizeBytes: number): void {
  for (let i = 0; i < sizeBytes; i++) scratch[i] = key[at + i]!;
}

function loadedNumber(shape: NumberShape): number {
  switch (shape) {
    case 'i8':
      return scratch[0]! - 0x80;
    case 'u8':
      return scratch[0]!;
    case 'i16':
      return scratchView.getUint16(0) - 0x8000;
    case 'u16':
      return scratchView.getUint16(0);
    case 'i32':
      return scratchView.getUint32(0) - 0x80000000;
    case 'u32':
      return scratchView.getUint32(0);
    case 'f32':
      scratchView.setUint32(0, unsortable(scratchView.getUint32(0)));
      return scratchView.getFloat32(0);
    case 'f64': {
      const high = scratchView.getUint32(0);
      const low = scratchView.getUint32(4);
      scratchView.setUint32(0, unsortable(high));
      scratchView.setUint32(4, high >= 0x80000000 ? low : ~low);
      return scratchView.getFloat64(0);
    }
  }
}

/** Appends the text in key[start .. end), whose bytes 00 and 01 are escaped. */
function readString(key: Uint8Array, start: number, end: number, builder: ColumnBuilder): void {
  reserve(end - start);
  let to = 0;
  for (let from = start; from < end; from++) {
    const byte = key[from]!;
    scratch[to++] = byte === 1 ? key[++from]! - 1 : byte;
  }
  builder.appendBytes(scratch, 0, to);
}
