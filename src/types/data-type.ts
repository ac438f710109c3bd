// data-type.ts — the data types of Winnow's SQL: ClickHouse's names, ClickHouse's meaning.

export type IntegerKind = 'Int8' | 'Int16' | 'Int32' | 'Int64' | 'UInt8' | 'UInt16' | 'UInt32' | 'UInt64';

export type DataType =
  | { readonly kind: IntegerKind | 'Float32' | 'Float64' | 'Bool' | 'String' | 'UUID' }
  | { readonly kind: 'FixedString'; readonly sizeBytes: number }
  /** Days since 1970-01-01, UInt16. */
  | { readonly kind: 'Date' }
  /** Seconds since 1970-01-01 UTC, UInt32; only UTC is supported. */
  | { readonly kind: 'DateTime'; readonly timezone: 'UTC' | undefined }
  /** 10^-scale seconds since 1970-01-01 UTC, Int64; scale 0 to 9. */
  | { readonly kind: 'DateTime64'; readonly scale: number; readonly timezone: 'UTC' | undefined }
  | { readonly kind: 'Enum8'; readonly entries: readonly EnumEntry[] }
  /** value × 10^scale as a whole number; Int32 up to precision 9, Int64 up to 18. */
  | { readonly kind: 'Decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'Nullable'; readonly inner: DataType }
  /** The type inside Nullable of a bare NULL. */
  | { readonly kind: 'Nothing' };

export type EnumEntry = { readonly name: string; readonly value: number };

/** How the values of a column lie in memory. `bytes` is offsets + bytes, for String, FixedString and UUID. */
export type Physical = 'i8' | 'i16' | 'i32' | 'i64' | 'u8' | 'u16' | 'u32' | 'u64' | 'f32' | 'f64' | 'bytes';

export function physicalOf(type: DataType): Physical {
  switch (type.kind) {
    case 'Int8':
    case 'Enum8':
      return 'i8';
    case 'Int16':
      return 'i16';
    case 'Int32':
      return 'i32';
    case 'Int64':
    case 'DateTime64':
      return 'i64';
    case 'UInt8':
    case 'Bool':
    case 'Nothing':
      return 'u8';
    case 'UInt16':
    case 'Date':
      return 'u16';
    case 'UInt32':
    case 'DateTime':
      return 'u32';
    case 'UInt64':
      return 'u64';
    case 'Float32':
      return 'f32';
    case 'Float64':
      return 'f64';
    case 'Decimal':
      return type.precision <= 9 ? 'i32' : 'i64';
    case 'String':
    case 'FixedString':
    case 'UUID':
      return 'bytes';
    case 'Nullable':
      return physicalOf(type.inner);
  }
}

export function isNullable(type: DataType): boolean {
  return type.kind === 'Nullable';
}

/** The type without Nullable. */
export function withoutNullable(type: DataType): DataType {
  return type.kind === 'Nullable' ? type.inner : type;
}

export function nullable(type: DataType): DataType {
  return type.kind === 'Nullable' ? type : { kind: 'Nullable', inner: type };
}

const escapes: Readonly<Record<string, string>> = {
  '\n': 'n',
  '\t': 't',
  '\r': 'r',
  '\b': 'b',
  '\f': 'f',
  '\0': '0',
};

const quote = (text: string): string =>
  `'${text.replace(/[\\'\n\t\r\b\f\0]/g, (c) => `\\${escapes[c] ?? c}`)}'`;

/** The type as ClickHouse prints it. `parseDataType` (parse-type.ts) is its inverse. */
export function typeName(type: DataType): string {
  switch (type.kind) {
    case 'FixedString':
      return `FixedString(${type.sizeBytes})`;
    case 'DateTime':
      return type.timezone ? `DateTime(${quote(type.timezone)})` : 'DateTime';
    case 'DateTime64':
      return type.timezone
        ? `DateTime64(${type.scale}, ${quote(type.timezone)})`
        : `DateTime64(${type.scale})`;
    case 'Enum8':
      return `Enum8(${type.entries.map((e) => `${quote(e.name)} = ${e.value}`).join(', ')})`;
    case 'Decimal':
      return `Decimal(${type.precision}, ${type.scale})`;
    case 'Nullable':
      return `Nullable(${typeName(type.inner)})`;
    default:
      return type.kind;
  }
}

export function sameType(a: DataType, b: DataType): boolean {
  return a === b || typeName(a) === typeName(b);
}
