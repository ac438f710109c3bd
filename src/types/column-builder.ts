// column-builder.ts — builds one column, value by value, in arrays that double.
//
// Keeps true: a NULL has the type's default beneath it; the arrays hold exactly `rowCount` values; a finished
// builder is spent and must not be used again (its column owns the arrays).
// One class per way of storing, so that the engine compiles each append for one shape of array.

import { assert } from '../base/assert.ts';
import type { BytesColumn, Column, FixedColumn, FixedValues } from './column.ts';
import { ArrayBuilder, TupleBuilder } from './composite-builders.ts';
import type { DataType, FixedPhysical } from './data-type.ts';
import { elementType, evenSizeBytes, isEnum, isNullable, physicalOf, withoutNullable } from './data-type.ts';
import { type WideShape, wideShape, writeWide } from './wide-number.ts';

export interface ColumnBuilder {
  readonly type: DataType;
  readonly rowCount: number;
  /** Only for Nullable types. */
  appendNull(): void;
  /** NULL for Nullable types; else zero, empty text, the smallest entry of an enum, an empty array, a tuple of defaults. */
  appendDefault(): void;
  /** The raw physical value (a day number, an enum's number, a scaled decimal), unchecked; columns of numbers only. */
  appendNumber(value: number): void;
  /** As appendNumber. */
  appendBigint(value: bigint): void;
  /** The value's bytes, source[start .. end); bytes columns only. A UUID has 16, in the order of its text. */
  appendBytes(source: Uint8Array, start: number, end: number): void;
  /** One row of a column of the same type, give or take Nullable. */
  appendFrom(column: Column, row: number): void;
  finish(): Column;
}

/** A builder for columns of `type`; `capacity` is the expected number of rows. */
export function createColumnBuilder(type: DataType, capacity = 16): ColumnBuilder {
  if (type.kind === 'Array' || type.kind === 'Map')
    return new ArrayBuilder(type, createColumnBuilder(elementType(type), capacity));
  if (type.kind === 'Tuple')
    return new TupleBuilder(
      type,
      type.elements.map((element) => createColumnBuilder(element.type, capacity)),
    );
  const physical = physicalOf(type) as FixedPhysical | 'bytes';
  const atLeastOne = Math.max(1, capacity);
  switch (physical) {
    case 'bytes': {
      const shape = wideShape(type);
      return shape ? new WideBuilder(type, atLeastOne, shape) : new BytesBuilder(type, atLeastOne);
    }
    case 'i64':
      return new BigintBuilder(type, new BigInt64Array(atLeastOne));
    case 'u64':
      return new BigintBuilder(type, new BigUint64Array(atLeastOne));
    default:
      return new NumberBuilder(type, new numberArrays[physical](atLeastOne));
  }
}

/** A column of one row, with the type's default. */
export function defaultRow(type: DataType): Column {
  const builder = createColumnBuilder(type, 1);
  builder.appendDefault();
  return builder.finish();
}

type NumberValues = Exclude<FixedValues, BigInt64Array | BigUint64Array>;
type BigintValues = BigInt64Array | BigUint64Array;

const numberArrays = {
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** The raw default of a fixed type: 0, or an enum's smallest number, as in ClickHouse. */
function defaultNumber(type: DataType): number {
  const inner = withoutNullable(type);
  return isEnum(inner) ? Math.min(...inner.entries.map((entry) => entry.value)) : 0;
}

function grow<T extends FixedValues>(values: T): T {
  const grown = new (values.constructor as new (length: number) => T)(values.length * 2);
  grown.set(values as never);
  return grown;
}

/** The mask, grown to `rowCount` entries: only NULLs make it grow, so it may lag behind by many rows. */
function cover(nulls: Uint8Array, rowCount: number): Uint8Array {
  let covering = nulls;
  while (covering.length < rowCount) covering = grow(covering);
  return covering;
}

/** The array without much slack: a column keeps at most twice the memory it needs. */
function trim<T extends FixedValues>(values: T, length: number): T {
  return (values.length > 2 * length ? values.slice(0, length) : values) as T;
}

abstract class Builder {
  readonly type: DataType;
  rowCount = 0;
  protected nulls: Uint8Array | undefined;

  constructor(type: DataType, capacity: number) {
    this.type = type;
    this.nulls = isNullable(type) ? new Uint8Array(capacity) : undefined;
  }

  abstract appendValueDefault(): void;

  appendNull(): void {
    assert(this.nulls, 'NULL goes into Nullable columns only');
    this.appendValueDefault();
    this.nulls = cover(this.nulls, this.rowCount);
    this.nulls[this.rowCount - 1] = 1;
  }

  appendDefault(): void {
    if (this.nulls) this.appendNull();
    else this.appendValueDefault();
  }

  protected finishNulls(): Uint8Array | undefined {
    return this.nulls && cover(this.nulls, this.rowCount).subarray(0, this.rowCount);
  }
}

class NumberBuilder extends Builder implements ColumnBuilder {
  private values: NumberValues;
  private readonly default: number;

  constructor(type: DataType, values: NumberValues) {
    super(type, values.length);
    this.values = values;
    this.default = defaultNumber(type);
  }

  appendNumber(value: number): void {
    if (this.rowCount === this.values.length) this.values = grow(this.values);
    this.values[this.rowCount++] = value;
  }

  appendBigint(value: bigint): void {
    this.appendNumber(Number(value));
  }

  appendValueDefault(): void {
    this.appendNumber(this.default);
  }

  appendBytes(): void {
    assert(false, 'bytes go into bytes columns only');
  }

  appendFrom(column: Column, row: number): void {
    if (column.nulls && column.nulls[row] === 1) this.appendNull();
    else this.appendNumber((column as FixedColumn).values[row] as number);
  }

  finish(): FixedColumn {
    const { type, rowCount } = this;
    return {
      layout: 'fixed',
      type,
      rowCount,
      values: trim(this.values, rowCount),
      nulls: this.finishNulls(),
    };
  }
}

class BigintBuilder extends Builder implements ColumnBuilder {
  private values: BigintValues;

  constructor(type: DataType, values: BigintValues) {
    super(type, values.length);
    this.values = values;
  }

  appendNumber(value: number): void {
    this.appendBigint(BigInt(value));
  }

  appendBigint(value: bigint): void {
    if (this.rowCount === this.values.length) this.values = grow(this.values);
    this.values[this.rowCount++] = value;
  }

  appendValueDefault(): void {
    this.appendBigint(0n);
  }

  appendBytes(): void {
    assert(false, 'bytes go into bytes columns only');
  }

  appendFrom(column: Column, row: number): void {
    if (column.nulls && column.nulls[row] === 1) this.appendNull();
    else this.appendBigint((column as FixedColumn).values[row] as bigint);
  }

  finish(): FixedColumn {
    const { type, rowCount } = this;
    return {
      layout: 'fixed',
      type,
      rowCount,
      values: trim(this.values, rowCount),
      nulls: this.finishNulls(),
    };
  }
}

/** Below this length a loop beats the call into native copying. */
const SHORT_COPY_BYTES = 32;

class BytesBuilder extends Builder implements ColumnBuilder {
  private offsets: Uint32Array;
  private bytes: Buffer;
  protected readonly default: Buffer;

  constructor(type: DataType, capacity: number) {
    super(type, capacity);
    this.default = Buffer.alloc(evenSizeBytes(type) ?? 0);
    this.offsets = new Uint32Array(capacity + 1);
    this.bytes = Buffer.allocUnsafe(Math.max(64, capacity * Math.max(8, this.default.length)));
  }

  appendBytes(source: Uint8Array, start: number, end: number): void {
    const at = this.offsets[this.rowCount]!;
    const after = at + end - start;
    if (after > this.bytes.length) this.growBytes(after);
    const { bytes } = this;
    if (end - start < SHORT_COPY_BYTES) {
      for (let from = start, to = at; from < end; from++, to++) bytes[to] = source[from]!;
    } else {
      bytes.set(source.subarray(start, end), at);
    }
    if (++this.rowCount === this.offsets.length) this.offsets = grow(this.offsets);
    this.offsets[this.rowCount] = after;
  }

  private growBytes(neededBytes: number): void {
    assert(neededBytes < 2 ** 32, 'one column of one block holds less than 4 GiB');
    const grown = Buffer.allocUnsafe(Math.max(neededBytes, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.offsets[this.rowCount]!);
    this.bytes = grown;
  }

  appendValueDefault(): void {
    this.appendBytes(this.default, 0, this.default.length);
  }

  appendNumber(_value: number): void {
    assert(false, 'numbers go into columns of numbers only');
  }

  appendBigint(_value: bigint): void {
    assert(false, 'numbers go into columns of numbers only');
  }

  appendFrom(column: Column, row: number): void {
    if (column.layout === 'dictionary') return this.appendFrom(column.dictionary, column.codes[row]!);
    if (column.nulls && column.nulls[row] === 1) return this.appendNull();
    const { bytes, offsets } = column as BytesColumn;
    this.appendBytes(bytes, offsets[row]!, offsets[row + 1]!);
  }

  finish(): BytesColumn {
    const { type, rowCount } = this;
    const offsets = this.offsets.subarray(0, rowCount + 1);
    const bytes = this.bytes.subarray(0, offsets[rowCount]);
    return { layout: 'bytes', type, rowCount, offsets, bytes, nulls: this.finishNulls() };
  }
}

/** Numbers that lie in memory as bytes. */
class WideBuilder extends BytesBuilder {
  private readonly shape: WideShape;
  private readonly value: Buffer;

  constructor(type: DataType, capacity: number, shape: WideShape) {
    super(type, capacity);
    this.shape = shape;
    this.value = Buffer.alloc(shape.sizeBytes);
    writeWide(0n, this.default, 0, shape);
  }

  override appendNumber(value: number): void {
    this.appendBigint(BigInt(value));
  }

  override appendBigint(value: bigint): void {
    writeWide(value, this.value, 0, this.shape);
    this.appendBytes(this.value, 0, this.value.length);
  }
}
