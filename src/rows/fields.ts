// fields.ts — column values of one row as bytes: the body of row images and of index entries.
//
//   null bitmap, one bit per Nullable column, ⌈n / 8⌉ bytes · fixed-width values, little-endian
//   · end of each variable-width value u32, counted from the first one's start · variable-width values
// Every field is found without reading the ones before it. Callers check a checksum before they decode.

import { type Column, type FixedColumn, type FixedValues, fixedArrays } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { type DataType, type FixedPhysical, isNullable, physicalOf } from '../types/data-type.ts';
import { readValueBytes, valueSizeBytes, writeFixed, writeValueBytes } from '../types/value-bytes.ts';

type Field = {
  readonly type: DataType;
  /** Bit in the null bitmap, or -1. */
  readonly nullBit: number;
  /** Bytes of a fixed-width value; 0 for variable width. */
  readonly sizeBytes: number;
  /** Fixed width: offset in the body. Variable width: position among the variable-width fields. */
  readonly place: number;
};

/** Encodes and decodes the values of a list of columns. Offsets are counted from the start of the body. */
export class Fields {
  readonly #fields: readonly Field[];
  readonly #nullBytes: number;
  readonly #endsOffset: number;
  readonly #variableOffset: number;

  constructor(types: readonly DataType[]) {
    const nullableCount = types.filter(isNullable).length;
    const fields: Field[] = [];
    let nullBit = 0;
    this.#nullBytes = (nullableCount + 7) >> 3;
    let offset = this.#nullBytes;
    let variableCount = 0;
    for (const type of types) {
      const physical = physicalOf(type);
      const sizeBytes = Object.hasOwn(fixedArrays, physical)
        ? fixedArrays[physical as FixedPhysical].BYTES_PER_ELEMENT
        : 0;
      const place = sizeBytes === 0 ? variableCount++ : offset;
      fields.push({ type, nullBit: isNullable(type) ? nullBit++ : -1, sizeBytes, place });
      offset += sizeBytes;
    }
    this.#fields = fields;
    this.#endsOffset = offset;
    this.#variableOffset = offset + 4 * variableCount;
  }

  /** Size of the body of row `row` of these columns. */
  sizeBytes(columns: readonly Column[], row: number): number {
    let sizeBytes = this.#variableOffset;
    for (const column of columns) {
      if (column.layout === 'bytes') sizeBytes += column.offsets[row + 1]! - column.offsets[row]!;
      else if (column.layout !== 'fixed') sizeBytes += valueSizeBytes(column, row);
    }
    return sizeBytes;
  }

  /** Writes the body at `at`; the target has room for it. */
  write(target: Buffer, at: number, columns: readonly Column[], row: number): void {
    for (let i = 0; i < this.#nullBytes; i++) target[at + i] = 0;
    let end = 0;
    for (let i = 0; i < this.#fields.length; i++) {
      const field = this.#fields[i]!;
      const column = columns[i]!;
      if (column.nulls && column.nulls[row]) target[at + (field.nullBit >> 3)]! |= 1 << (field.nullBit & 7);
      if (column.layout === 'fixed') writeFixed(column, row, target, at + field.place);
      else {
        end = writeVariable(column, row, target, at + this.#variableOffset + end) - at - this.#variableOffset;
        target.writeUInt32LE(end, at + this.#endsOffset + 4 * field.place);
      }
    }
  }

  /** Column `index` of many bodies; body `i` begins at `bodyOffset` of `rows[i]`. */
  decode(rows: readonly Uint8Array[], bodyOffset: number, index: number): Column {
    const field = this.#fields[index]!;
    const nulls = field.nullBit < 0 ? undefined : decodeNulls(rows, bodyOffset, field.nullBit);
    const physical = physicalOf(field.type);
    if (physical === 'bytes') return this.#decodeVariable(rows, bodyOffset, field, nulls);
    if (physical === 'array' || physical === 'tuple') return this.#decodeComposite(rows, bodyOffset, field);
    const values: FixedValues = new fixedArrays[physical](rows.length);
    decodeFixed(rows, bodyOffset + field.place, values);
    return { layout: 'fixed', type: field.type, rowCount: rows.length, values, nulls };
  }

  #decodeVariable(
    rows: readonly Uint8Array[],
    bodyOffset: number,
    field: Field,
    nulls: Uint8Array | undefined,
  ): Column {
    const ends = bodyOffset + this.#endsOffset + 4 * field.place;
    const variable = bodyOffset + this.#variableOffset;
    const offsets = new Uint32Array(rows.length + 1);
    for (let i = 0; i < rows.length; i++) {
      const start = field.place === 0 ? 0 : uint32(rows[i]!, ends - 4);
      offsets[i + 1] = offsets[i]! + uint32(rows[i]!, ends) - start;
    }
    const bytes = Buffer.allocUnsafe(offsets[rows.length]!);
    for (let i = 0; i < rows.length; i++) {
      const start = field.place === 0 ? 0 : uint32(rows[i]!, ends - 4);
      copyBytes(rows[i]!, variable + start, bytes, offsets[i]!, offsets[i + 1]! - offsets[i]!);
    }
    return { layout: 'bytes', type: field.type, rowCount: rows.length, offsets, bytes, nulls };
  }

  #decodeComposite(rows: readonly Uint8Array[], bodyOffset: number, field: Field): Column {
    const builder = createColumnBuilder(field.type, rows.length);
    const ends = bodyOffset + this.#endsOffset + 4 * field.place;
    for (const row of rows) {
      const start = field.place === 0 ? 0 : uint32(row, ends - 4);
      readValueBytes(builder, row, bodyOffset + this.#variableOffset + start);
    }
    return builder.finish();
  }
}

/** Writes a variable-width value at `to`; returns its end. */
function writeVariable(
  column: Exclude<Column, FixedColumn>,
  row: number,
  target: Buffer,
  to: number,
): number {
  if (column.layout !== 'bytes') return writeValueBytes(column, row, target, to);
  const from = column.offsets[row]!;
  const sizeBytes = column.offsets[row + 1]! - from;
  copyBytes(column.bytes, from, target, to, sizeBytes);
  return to + sizeBytes;
}

const uint32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;

/** Loops for short values: the call into `copy` costs more than they do. */
function copyBytes(source: Uint8Array, from: number, target: Buffer, to: number, sizeBytes: number): void {
  if (sizeBytes > 48) target.set(source.subarray(from, from + sizeBytes), to);
  else for (let i = 0; i < sizeBytes; i++) target[to + i] = source[from + i]!;
}

/** Eight bytes through which values change between numbers and bytes; a view per value would cost far more. */
const scratch = new Uint8Array(8);
const scratchView = new DataView(scratch.buffer);

function decodeNulls(rows: readonly Uint8Array[], bodyOffset: number, nullBit: number): Uint8Array {
  const nulls = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++)
    nulls[i] = (rows[i]![bodyOffset + (nullBit >> 3)]! >> (nullBit & 7)) & 1;
  return nulls;
}

/** Fills `values` from the bytes at `offset` of each row. */
function decodeFixed(rows: readonly Uint8Array[], offset: number, values: FixedValues): void {
  if (values instanceof BigInt64Array)
    decodeWith(rows, offset, values, () => scratchView.getBigInt64(0, true));
  else if (values instanceof BigUint64Array)
    decodeWith(rows, offset, values, () => scratchView.getBigUint64(0, true));
  else if (values instanceof Float64Array)
    decodeWith(rows, offset, values, () => scratchView.getFloat64(0, true));
  else if (values instanceof Float32Array)
    decodeWith(rows, offset, values, () => scratchView.getFloat32(0, true));
  else if (values.BYTES_PER_ELEMENT === 4)
    for (let i = 0; i < rows.length; i++) values[i] = uint32(rows[i]!, offset);
  else if (values.BYTES_PER_ELEMENT === 2) {
    for (let i = 0; i < rows.length; i++) values[i] = rows[i]![offset]! | (rows[i]![offset + 1]! << 8);
  } else for (let i = 0; i < rows.length; i++) values[i] = rows[i]![offset]!;
}

function decodeWith<T extends number | bigint>(
  rows: readonly Uint8Array[],
  offset: number,
  values: { readonly BYTES_PER_ELEMENT: number; [index: number]: T },
  read: () => T,
): void {
  for (let i = 0; i < rows.length; i++) {
    for (let j = 0; j < values.BYTES_PER_ELEMENT; j++) scratch[j] = rows[i]![offset + j]!;
    values[i] = read();
  }
}
