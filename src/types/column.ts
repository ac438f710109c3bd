// column.ts — Columns and Blocks: values in memory, as typed arrays.
//
// A column is immutable once built. Strings are offsets + bytes, so nothing is lost that is not UTF-8.
//   fixed:  values[0 .. rowCount)
//   bytes:  value i = bytes[offsets[i] .. offsets[i + 1])      offsets has rowCount + 1 entries
//   nulls:  present exactly for Nullable types; 1 = NULL, and the value beneath is the type's default.

import type { DataType } from './data-type.ts';

export type FixedValues =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

export type FixedColumn = {
  readonly layout: 'fixed';
  readonly type: DataType;
  readonly rowCount: number;
  /** At least rowCount long. */
  readonly values: FixedValues;
  readonly nulls: Uint8Array | undefined;
};

export type BytesColumn = {
  readonly layout: 'bytes';
  readonly type: DataType;
  readonly rowCount: number;
  readonly offsets: Uint32Array;
  /** A Buffer, for its fast text conversions. */
  readonly bytes: Buffer;
  readonly nulls: Uint8Array | undefined;
};

export type Column = FixedColumn | BytesColumn;

/** Columns of equal length. Names live in the plan, not in the block. */
export type Block = { readonly rowCount: number; readonly columns: readonly Column[] };

export type NamedType = { readonly name: string; readonly type: DataType };

/**
 * One value at the API: 64-bit integers are bigint; Date, DateTime, DateTime64, Decimal and UUID are
 * ClickHouse's text; Enum8 is its name; String is a string, or its bytes when they are not UTF-8.
 */
export type Value = number | bigint | boolean | string | Uint8Array | null;

/** What a caller may hand in for a value: also Date for the temporal types. */
export type ValueInput = Value | Date | undefined;

/** The array type of each fixed physical type. */
export const fixedArrays = {
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

/** Rough size in memory, for the query's memory limit. */
export function columnSizeBytes(column: Column): number {
  const nulls = column.nulls ? column.rowCount : 0;
  if (column.layout === 'fixed') return column.rowCount * column.values.BYTES_PER_ELEMENT + nulls;
  return (column.offsets[column.rowCount] ?? 0) + 4 * column.rowCount + nulls;
}

export function blockSizeBytes(block: Block): number {
  return block.columns.reduce((total, column) => total + columnSizeBytes(column), 0);
}
