// column.ts — Columns and Blocks: values in memory, as typed arrays.
//
// A column is immutable once built. Strings are offsets + bytes, so nothing is lost that is not UTF-8.
//   fixed:  values[0 .. rowCount)
//   bytes:  value i = bytes[offsets[i] .. offsets[i + 1])      offsets has rowCount + 1 entries and begins with 0;
//           numbers of 128 and 256 bits too: wide-number.ts
//   array:  value i = elements[offsets[i] .. offsets[i + 1])   a map's elements are a tuple column of keys and values
//   tuple:  value i = (fields[0][i], fields[1][i], …)
//   dictionary: value i = dictionary[codes[i]]
//   nulls:  present exactly for Nullable types laid out as fixed or bytes; 1 = NULL, and the value beneath is the
//           type's default.
//
// A LowCardinality column is laid out as its inner type, and only its `type` tells. The dictionary layout occurs between
// a scan of parts and the operator that needs values: `expandDictionary` (block.ts) ends it. A dictionary is a column of
// the type inside LowCardinality. If that is Nullable, row 0 and no other is NULL (`nulls[0] = 1`). Values may repeat.
// One dictionary serves many columns, so what was computed from it may be kept by its identity.

import type { DataType } from './data-type.ts';
import type { EscapedText } from './escaped-text.ts';

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

/** Array and Map. */
export type ArrayColumn = {
  readonly layout: 'array';
  readonly type: DataType;
  readonly rowCount: number;
  readonly offsets: Uint32Array;
  readonly elements: Column;
  readonly nulls: undefined;
};

export type TupleColumn = {
  readonly layout: 'tuple';
  readonly type: DataType;
  readonly rowCount: number;
  readonly fields: readonly Column[];
  readonly nulls: undefined;
};

/** LowCardinality, as parts store it. */
export type DictionaryColumn = {
  readonly layout: 'dictionary';
  readonly type: DataType;
  readonly rowCount: number;
  /** At least rowCount long. */
  readonly codes: Uint8Array | Uint16Array | Uint32Array;
  readonly dictionary: BytesColumn;
  readonly nulls: undefined;
};

export type Column = FixedColumn | BytesColumn | ArrayColumn | TupleColumn | DictionaryColumn;

/** Columns of equal length. Names live in the plan, not in the block. */
export type Block = { readonly rowCount: number; readonly columns: readonly Column[] };

export type NamedType = { readonly name: string; readonly type: DataType };

/**
 * One value at the API: integers of 64 bits and more are bigint; Date, Date32, DateTime, DateTime64, Decimal, UUID, IPv4 and IPv6 are
 * ClickHouse's text; an enum is its name; String is a string, or its bytes when they are not UTF-8; Array and Tuple are
 * arrays; Map is an object, whose keys are the texts of the map's.
 */
export type Value = Scalar | readonly Value[] | { readonly [key: string]: Value };

type Scalar = number | bigint | boolean | string | Uint8Array | null;

/**
 * What a caller may hand in for a value: also Date for the temporal types, an object for a Tuple with names, and
 * ClickHouse's text for any type.
 */
export type ValueInput = Scalar | Date | undefined | readonly ValueInput[] | ValueObject;

/** A value for a query's parameter: HTTP gives text whose escapes the parameter's type explains. */
export type ParameterInput = ValueInput | EscapedText;

export type ValueObject = { readonly [key: string]: ValueInput };

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
  switch (column.layout) {
    case 'fixed':
      return column.rowCount * column.values.BYTES_PER_ELEMENT + nulls;
    case 'bytes':
      return (column.offsets[column.rowCount] ?? 0) + 4 * column.rowCount + nulls;
    case 'array':
      return columnSizeBytes(column.elements) + 4 * column.rowCount;
    case 'tuple':
      return column.fields.reduce((total, field) => total + columnSizeBytes(field), 0);
    case 'dictionary':
      return column.rowCount * column.codes.BYTES_PER_ELEMENT;
  }
}

export function blockSizeBytes(block: Block): number {
  return block.columns.reduce((total, column) => total + columnSizeBytes(column), 0);
}
