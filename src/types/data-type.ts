// data-type.ts — the data types of Winnow's SQL: ClickHouse's names, ClickHouse's meaning.

export type IntegerKind = 'Int8' | 'Int16' | 'Int32' | 'Int64' | 'UInt8' | 'UInt16' | 'UInt32' | 'UInt64';

/** Whole numbers that lie in memory as bytes (wide-number.ts). */
export type WideIntegerKind = 'Int128' | 'Int256' | 'UInt128' | 'UInt256';

export type DataType = KindOfType & {
  /** f of SimpleAggregateFunction(f, T), `groupArrayArray(5)`. It names the type, and changes nothing about its values. */
  readonly aggregate?: string | undefined;
};

type KindOfType =
  | { readonly kind: IntegerKind | WideIntegerKind | 'Float32' | 'Float64' | 'Bool' | 'String' | 'UUID' }
  /** UInt32 whose highest byte is the first number of its text; 16 bytes in the order of its text. */
  | { readonly kind: 'IPv4' | 'IPv6' }
  | { readonly kind: 'FixedString'; readonly sizeBytes: number }
  /** Days since 1970-01-01, UInt16. */
  | { readonly kind: 'Date' }
  /** Days since 1970-01-01, Int32; 1900-01-01 to 2299-12-31. */
  | { readonly kind: 'Date32' }
  /** Seconds since 1970-01-01 UTC, UInt32; only UTC is supported. */
  | { readonly kind: 'DateTime'; readonly timezone: 'UTC' | undefined }
  /** 10^-scale seconds since 1970-01-01 UTC, Int64; scale 0 to 9. */
  | { readonly kind: 'DateTime64'; readonly scale: number; readonly timezone: 'UTC' | undefined }
  | EnumType
  /** value × 10^scale as a whole number; Int32 up to precision 9, Int64 up to 18, Int128 up to 38, Int256 up to 76. */
  | { readonly kind: 'Decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'Nullable'; readonly inner: DataType }
  | ArrayType
  | TupleType
  | MapType
  | AggregateFunctionType
  /** The same values as `inner`, of which few differ: parts store a dictionary. */
  | { readonly kind: 'LowCardinality'; readonly inner: DataType }
  /** The type inside Nullable of a bare NULL, and inside Array of `[]`. */
  | { readonly kind: 'Nothing' };

/** Int8 or Int16. */
export type EnumType = { readonly kind: 'Enum8' | 'Enum16'; readonly entries: readonly EnumEntry[] };

export type EnumEntry = { readonly name: string; readonly value: number };

export type ArrayType = { readonly kind: 'Array'; readonly inner: DataType };

export type MapType = { readonly kind: 'Map'; readonly key: DataType; readonly value: DataType };

/** What an aggregate function has of some rows, to go on from: its values are bytes, laid out as ClickHouse does. */
export type AggregateFunctionType = {
  readonly kind: 'AggregateFunction';
  /** With -If, if it has it. */
  readonly name: string;
  /** `quantile(0.9)` has one. */
  readonly parameters: readonly number[];
  readonly args: readonly DataType[];
};

/** Either all elements have a name, or none has. */
export type TupleType = { readonly kind: 'Tuple'; readonly elements: readonly TupleElement[] };

export type TupleElement = { readonly name: string | undefined; readonly type: DataType };

export type FixedPhysical = 'i8' | 'i16' | 'i32' | 'i64' | 'u8' | 'u16' | 'u32' | 'u64' | 'f32' | 'f64';

/** How the values of a column lie in memory; the layouts beside numbers are those of column.ts. */
export type Physical = FixedPhysical | 'bytes' | 'array' | 'tuple';

export function physicalOf(type: DataType): Physical {
  switch (type.kind) {
    case 'Int8':
    case 'Enum8':
      return 'i8';
    case 'Int16':
    case 'Enum16':
      return 'i16';
    case 'Int32':
    case 'Date32':
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
    case 'IPv4':
    case 'DateTime':
      return 'u32';
    case 'UInt64':
      return 'u64';
    case 'Float32':
      return 'f32';
    case 'Float64':
      return 'f64';
    case 'Decimal':
      return type.precision <= 9 ? 'i32' : type.precision <= 18 ? 'i64' : 'bytes';
    case 'String':
    case 'FixedString':
    case 'UUID':
    case 'IPv6':
    case 'Int128':
    case 'Int256':
    case 'UInt128':
    case 'UInt256':
    case 'AggregateFunction':
      return 'bytes';
    case 'Array':
    case 'Map':
      return 'array';
    case 'Tuple':
      return 'tuple';
    case 'Nullable':
    case 'LowCardinality':
      return physicalOf(type.inner);
  }
}

/** How many bytes every value of a type laid out as bytes has; undefined for String, whose values have any number. */
export function evenSizeBytes(type: DataType): number | undefined {
  switch (type.kind) {
    case 'FixedString':
      return type.sizeBytes;
    case 'UUID':
    case 'IPv6':
    case 'Int128':
    case 'UInt128':
      return 16;
    case 'Int256':
    case 'UInt256':
      return 32;
    case 'Decimal':
      return type.precision <= 38 ? 16 : 32;
    case 'Nullable':
    case 'LowCardinality':
      return evenSizeBytes(type.inner);
    default:
      return undefined;
  }
}

export function isEnum(type: DataType): type is EnumType {
  return type.kind === 'Enum8' || type.kind === 'Enum16';
}

/** Array, Tuple or Map: values made of values, never Nullable themselves. */
export function isComposite(type: DataType): boolean {
  return type.kind === 'Array' || type.kind === 'Tuple' || type.kind === 'Map';
}

/** Whether a column of the type has NULLs: Nullable(T) and LowCardinality(Nullable(T)). */
export function isNullable(type: DataType): boolean {
  return type.kind === 'Nullable' || (type.kind === 'LowCardinality' && type.inner.kind === 'Nullable');
}

/** The type of the values that are not NULL: without Nullable and without LowCardinality, which changes no value. */
export function withoutNullable(type: DataType): DataType {
  return type.kind === 'Nullable' || type.kind === 'LowCardinality' ? withoutNullable(type.inner) : type;
}

/** Whether there is no NULL among the values of the type, and no type that adds it. */
export function isNeverNull(type: DataType): boolean {
  return isComposite(type) || type.kind === 'AggregateFunction';
}

/** The type with NULL; types that cannot have it stay as they are. */
export function nullable(type: DataType): DataType {
  if (isNullable(type) || isNeverNull(type)) return type;
  if (type.kind === 'LowCardinality') return { kind: 'LowCardinality', inner: nullable(type.inner) };
  return { kind: 'Nullable', inner: type };
}

/** What LowCardinality can be made of, Nullable or not. */
export function fitsLowCardinality({ kind }: DataType): boolean {
  return /^(U?Int\d+|Float\d+|Bool|String|FixedString|Date|Date32|DateTime|UUID|IPv[46])$/.test(kind);
}

/** Whether the type is LowCardinality, or has elements that are. */
export function holdsLowCardinality(type: DataType): boolean {
  switch (type.kind) {
    case 'LowCardinality':
      return true;
    case 'Array':
      return holdsLowCardinality(type.inner);
    case 'Map':
      return holdsLowCardinality(type.key) || holdsLowCardinality(type.value);
    case 'Tuple':
      return type.elements.some((element) => holdsLowCardinality(element.type));
    default:
      return false;
  }
}

/** The type with its own LowCardinality taken away, and that of its elements. */
export function withoutLowCardinality(type: DataType): DataType {
  if (!holdsLowCardinality(type)) return type;
  switch (type.kind) {
    case 'LowCardinality':
      return type.inner;
    case 'Array':
      return { kind: 'Array', inner: withoutLowCardinality(type.inner) };
    case 'Map':
      return { kind: 'Map', key: withoutLowCardinality(type.key), value: withoutLowCardinality(type.value) };
    case 'Tuple':
      return tupleOf(
        type.elements.map(({ name, type: element }) => ({ name, type: withoutLowCardinality(element) })),
      );
    default:
      return type;
  }
}

export function arrayOf(inner: DataType): ArrayType {
  return { kind: 'Array', inner };
}

export function tupleOf(elements: readonly TupleElement[]): TupleType {
  return { kind: 'Tuple', elements };
}

/** The type of the elements of an Array or Map. Maps lie in memory as arrays of pairs. */
export function elementType(type: ArrayType | MapType): DataType {
  return type.kind === 'Array' ? type.inner : pairType(type);
}

function pairType({ key, value }: MapType): TupleType {
  return tupleOf([
    { name: 'keys', type: key },
    { name: 'values', type: value },
  ]);
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
  const name = nameOfKind(type);
  return type.aggregate === undefined ? name : `SimpleAggregateFunction(${type.aggregate}, ${name})`;
}

function nameOfKind(type: DataType): string {
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
    case 'Enum16':
      return `${type.kind}(${type.entries.map((e) => `${quote(e.name)} = ${e.value}`).join(', ')})`;
    case 'Decimal':
      return `Decimal(${type.precision}, ${type.scale})`;
    case 'Nullable':
    case 'Array':
    case 'LowCardinality':
      return `${type.kind}(${typeName(type.inner)})`;
    case 'Map':
      return `Map(${typeName(type.key)}, ${typeName(type.value)})`;
    case 'Tuple':
      return `Tuple(${type.elements.map(elementName).join(', ')})`;
    case 'AggregateFunction': {
      const parameters = type.parameters.length === 0 ? '' : `(${type.parameters.join(', ')})`;
      return `AggregateFunction(${[`${type.name}${parameters}`, ...type.args.map(typeName)].join(', ')})`;
    }
    default:
      return type.kind;
  }
}

function elementName({ name, type }: TupleElement): string {
  if (name === undefined) return typeName(type);
  const plain = /^[A-Za-z_]\w*$/.test(name) && name.toUpperCase() !== 'NULL';
  return `${plain ? name : `\`${name.replace(/[\\`]/g, (c) => `\\${c}`)}\``} ${typeName(type)}`;
}

export function sameType(a: DataType, b: DataType): boolean {
  return a === b || (a.kind === b.kind && typeName(a) === typeName(b));
}

/** Whether the types have the same values: they are the same but for names of SimpleAggregateFunction. */
export function sameValues(a: DataType, b: DataType): boolean {
  return sameType(a, b) || sameType(withoutAggregates(a), withoutAggregates(b));
}

/** The type without its name of SimpleAggregateFunction, and those of its elements. */
export function withoutAggregates(named: DataType): DataType {
  const type = { ...named, aggregate: undefined };
  switch (type.kind) {
    case 'Nullable':
    case 'LowCardinality':
    case 'Array':
      return { ...type, inner: withoutAggregates(type.inner) };
    case 'Map':
      return { ...type, key: withoutAggregates(type.key), value: withoutAggregates(type.value) };
    case 'Tuple':
      return tupleOf(type.elements.map((element) => ({ ...element, type: withoutAggregates(element.type) })));
    default:
      return type;
  }
}
