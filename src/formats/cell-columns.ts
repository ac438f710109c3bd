// cell-columns.ts — one column of the cells that a kernel found in text.

import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import { cellFlags, type ParseCells } from '../kernels/text-input-kernels.ts';
import { type ColumnBuilder, createColumnBuilder } from '../types/column-builder.ts';
import { type Column, fixedArrays, type FixedColumn, type FixedValues } from '../types/column.ts';
import {
  type DataType,
  type FixedPhysical,
  isNullable,
  physicalOf,
  withoutNullable,
} from '../types/data-type.ts';
import { cellAppender } from './input-cells.ts';

/** Positions of values in a text, as `SplitRows` writes them. */
export type Cells = {
  readonly text: Buffer;
  readonly pointer: number;
  /** Room for so many values, `stride` of each column. */
  readonly cellCount: number;
  readonly stride: number;
  readonly rowCount: number;
};

type Escapes = {
  readonly escape: number;
  readonly unescaped: (cell: Buffer, type: DataType) => Buffer;
};

/** `missing` marks rows that give no value. */
export type CellColumn = { readonly column: Column; readonly missing: Uint8Array | undefined };

/** The values that stand at `position` in each row; without one (-1) all are missing. Errors: those of the values. */
export function cellColumn(
  type: DataType,
  cells: Cells,
  position: number,
  escapes: Escapes,
  arena: Arena,
): CellColumn {
  const { rowCount } = cells;
  if (position < 0) return missingColumn(type, rowCount);
  const reader = new CellReader(type, cells, position, escapes, arena);
  if (withoutNullable(type).kind === 'String') return reader.texts();
  const parse = parserOf(withoutNullable(type));
  return parse ? reader.numbers(parse) : reader.others();
}

function missingColumn(type: DataType, rowCount: number): CellColumn {
  const builder = createColumnBuilder(type, rowCount);
  for (let row = 0; row < rowCount; row++) builder.appendDefault();
  return { column: builder.finish(), missing: new Uint8Array(rowCount).fill(1) };
}

class CellReader {
  readonly #kernels = kernelRuntime().kernels;
  readonly #type: DataType;
  readonly #cells: Cells;
  readonly #escapes: Escapes;
  readonly #arena: Arena;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #flags: Uint8Array;

  constructor(type: DataType, cells: Cells, position: number, escapes: Escapes, arena: Arena) {
    this.#type = type;
    this.#cells = cells;
    this.#escapes = escapes;
    this.#arena = arena;
    const { pointer, cellCount, stride, rowCount } = cells;
    const { buffer } = kernelRuntime().memory;
    const first = position * stride;
    this.#starts = new Uint32Array(buffer, pointer + 4 * first, rowCount);
    this.#ends = new Uint32Array(buffer, pointer + 4 * (cellCount + first), rowCount);
    this.#flags = new Uint8Array(buffer, pointer + 8 * cellCount + first, rowCount);
  }

  texts(): CellColumn {
    const { rowCount, text } = this.#cells;
    const offsets = this.#arena.u32(rowCount + 1);
    const bytes = this.#arena.bytes(text.length);
    const { escape } = this.#escapes;
    const sizeBytes = this.#kernels.copyCells(
      this.#pointer(),
      rowCount,
      escape,
      offsets.byteOffset,
      bytes.byteOffset,
    );
    const { nulls, missing } = this.#marks();
    const values = { offsets, bytes: bytes.subarray(0, sizeBytes) };
    return { column: { layout: 'bytes', type: this.#type, rowCount, ...values, nulls }, missing };
  }

  numbers(parse: ParseCells): CellColumn {
    const { rowCount } = this.#cells;
    const array = fixedArrays[physicalOf(this.#type) as FixedPhysical] as FixedArray;
    const pointer = this.#arena.allocate(array.BYTES_PER_ELEMENT * rowCount);
    const values = new array(kernelRuntime().memory.buffer, pointer, rowCount);
    const odd = this.#arena.u32(rowCount);
    const oddCount = parse(this.#pointer(), rowCount, pointer, odd.byteOffset);
    if (oddCount > 0) this.#readOdd(values, odd.subarray(0, oddCount));
    const { nulls, missing } = this.#marks();
    return { column: { layout: 'fixed', type: this.#type, rowCount, values, nulls }, missing };
  }

  /** Value by value. */
  others(): CellColumn {
    const { rowCount } = this.#cells;
    const builder = createColumnBuilder(this.#type, rowCount);
    const append = this.#appender(builder);
    for (let row = 0; row < rowCount; row++) {
      if (this.#flags[row]! <= cellFlags.escaped) append(row);
      else if (this.#flags[row] === cellFlags.nullMark && isNullable(this.#type)) builder.appendNull();
      else builder.appendDefault();
    }
    return { column: builder.finish(), missing: this.#marks().missing };
  }

  #readOdd(values: FixedValues, odd: Uint32Array): void {
    const builder = createColumnBuilder(this.#type, odd.length);
    odd.forEach(this.#appender(builder));
    const read = (builder.finish() as FixedColumn).values;
    odd.forEach((row, i) => (values[row] = read[i]!));
  }

  /** Appends the value of a row. */
  #appender(builder: ColumnBuilder): (row: number) => void {
    const append = cellAppender(builder);
    const { text } = this.#cells;
    return (row) => {
      const [start, end] = [this.#starts[row]!, this.#ends[row]!];
      if (this.#flags[row] === cellFlags.plain) return append(text, start, end);
      const cell = this.#escapes.unescaped(text.subarray(start, end), this.#type);
      append(cell, 0, cell.length);
    };
  }

  /** For the kernels. */
  #pointer(): number {
    const pointers = this.#arena.u32(4);
    pointers.set(
      [this.#cells.text, this.#starts, this.#ends, this.#flags].map(({ byteOffset }) => byteOffset),
    );
    return pointers.byteOffset;
  }

  /** NULL is no value to a column that takes none. */
  #marks(): { nulls: Uint8Array | undefined; missing: Uint8Array | undefined } {
    const { rowCount } = this.#cells;
    const flags = this.#flags;
    const nullable = isNullable(this.#type);
    const nulls = nullable ? this.#arena.u8(rowCount).fill(0) : undefined;
    if (this.#kernels.maxU8(flags.byteOffset, rowCount) <= cellFlags.escaped)
      return { nulls, missing: undefined };
    const missing = new Uint8Array(rowCount);
    let isMissing = false;
    for (let row = 0; row < rowCount; row++) {
      if (flags[row]! <= cellFlags.escaped) continue;
      if (nulls) nulls[row] = 1;
      if (nulls && flags[row] === cellFlags.nullMark) continue;
      missing[row] = 1;
      isMissing = true;
    }
    return { nulls, missing: isMissing ? missing : undefined };
  }
}

/** The constructors of `fixedArrays`, over the kernels' memory. */
type FixedArray = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): FixedValues;
};

/** Undefined for types whose values are read one by one. */
function parserOf(type: DataType): ParseCells | undefined {
  const { kernels } = kernelRuntime();
  switch (type.kind) {
    case 'UInt8':
      return kernels.parseU8;
    case 'UInt16':
      return kernels.parseU16;
    case 'UInt32':
      return kernels.parseU32;
    case 'UInt64':
      return kernels.parseU64;
    case 'Int8':
      return kernels.parseI8;
    case 'Int16':
      return kernels.parseI16;
    case 'Int32':
      return kernels.parseI32;
    case 'Int64':
      return kernels.parseI64;
    case 'Float32':
      return kernels.parseFloats32;
    case 'Float64':
      return kernels.parseFloats64;
    case 'Date':
      return kernels.parseDates;
    case 'DateTime':
      return kernels.parseDateTimes;
    case 'DateTime64':
      return (...args) => kernels.parseDateTimes64(...args, type.scale);
    case 'Decimal': {
      const { precision, scale } = type;
      if (precision > 18) return undefined;
      const parse = precision <= 9 ? kernels.parseDecimals32 : kernels.parseDecimals64;
      return (...args) => parse(...args, precision, scale);
    }
    default:
      return undefined;
  }
}
