// state-format.ts — states of aggregate functions as bytes: what ClickHouse stores in columns of type AggregateFunction.
//
//   count                       LEB128
//   sum                         the sum: i64, u64 or f64
//   avg                         the sum, and the count as LEB128
//   min max any anyLast         01 and the value, or 00 without one; a text is its length + 1 as i32, the bytes and 00, or -1
//   argMin argMax               two of these: the value, what decided
//   uniqExact                   how many as LEB128, the values; instead of texts their SipHash of 128 bits
//   uniq                        00 (no hash was left out), how many as LEB128, the hashes of 32 bits
//   groupArray groupUniqArray   how many as LEB128, the values
//
// Over arguments that may be NULL, 01 stands before the state; or there is 00 alone, when there was no other value. count,
// groupArray and groupUniqArray have none of that. Numbers are little-endian.

import { assert } from '../../base/assert.ts';
import { stateSteps } from '../../kernels/state-kernels.ts';
import type { BytesColumn, Column } from '../../types/column.ts';
import { createColumnBuilder, type ColumnBuilder } from '../../types/column-builder.ts';
import { arrayOf, type AggregateFunctionType, type DataType } from '../../types/data-type.ts';
import {
  readCount,
  readValueBytes,
  valueSizeBytes,
  writeCount,
  writeValueBytes,
} from '../../types/value-bytes.ts';
import { uint64, uint8 } from '../type-classes.ts';
import { bytes, fixed } from '../vectors.ts';

type Step = readonly [kind: number, detail: number];

/** A part of a state: its bytes, and the columns whose row they are. */
type Piece = {
  readonly steps: readonly Step[];
  sizeBytes(columns: readonly Column[], row: number): number;
  /** Where it ends. */
  write(columns: readonly Column[], row: number, target: Buffer, at: number): number;
  /** Bytes that the steps fit; where it ends. */
  read(builders: readonly ColumnBuilder[], source: Uint8Array, at: number): number;
};

export class StateFormat {
  /** Of the columns that have a row per state. */
  readonly #types: readonly DataType[];
  readonly #pieces: readonly Piece[];
  /** Pairs of u32, for the kernel `stateOffsets`. */
  readonly steps: Uint32Array;

  constructor(types: readonly DataType[], pieces: readonly Piece[]) {
    this.#types = types;
    this.#pieces = pieces;
    this.steps = Uint32Array.from(pieces.flatMap(({ steps }) => steps).flat());
  }

  encode(type: AggregateFunctionType, columns: readonly Column[], rowCount: number): BytesColumn {
    const offsets = new Uint32Array(rowCount + 1);
    for (let row = 0; row < rowCount; row++)
      offsets[row + 1] = this.#pieces.reduce(
        (end, piece) => end + piece.sizeBytes(columns, row),
        offsets[row]!,
      );
    const target = Buffer.allocUnsafe(offsets[rowCount]!);
    for (let row = 0; row < rowCount; row++)
      this.#pieces.reduce((at, piece) => piece.write(columns, row, target, at), offsets[row]!);
    return { layout: 'bytes', type, rowCount, offsets, bytes: target, nulls: undefined };
  }

  /** The states were found to have the format when they were read; one without bytes is that of no rows. */
  decode(states: Column, rowCount: number): Column[] {
    const { offsets, bytes: source } = bytes(states);
    const builders = this.#types.map((type) => createColumnBuilder(type, rowCount));
    for (let row = 0; row < rowCount; row++) {
      if (offsets[row] === offsets[row + 1]) {
        for (const builder of builders) builder.appendDefault();
        continue;
      }
      const end = this.#pieces.reduce((at, piece) => piece.read(builders, source, at), offsets[row]!);
      assert(end === offsets[row + 1], 'a state ends where it should');
    }
    return builders.map((builder) => builder.finish());
  }
}

const byte = (value: number): Piece => ({
  steps: [[stateSteps.byte, value]],
  sizeBytes: () => 1,
  write: (_, __, target, at) => target.writeUInt8(value, at),
  read: (_, __, at) => at + 1,
});

/** The number of a u64 column, as LEB128. */
const count = (column: number): Piece => {
  const countAt = (columns: readonly Column[], row: number): number =>
    Number(fixed(columns[column]!).values[row]!);
  return {
    steps: [[stateSteps.varint, 0]],
    sizeBytes: (columns, row) => writeCount(countAt(columns, row), scratch, 0),
    write: (columns, row, target, at) => writeCount(countAt(columns, row), target, at),
    read: (builders, source, at) => {
      const { value, end } = readCount(source, at);
      builders[column]!.appendBigint(BigInt(value));
      return end;
    },
  };
};

const scratch = Buffer.alloc(16);

/** A value, or an array of values, as its bytes. */
const value = (column: number, step: Step): Piece => ({
  steps: [step],
  sizeBytes: (columns, row) => valueSizeBytes(columns[column]!, row),
  write: (columns, row, target, at) => writeValueBytes(columns[column]!, row, target, at),
  read: (builders, source, at) => readValueBytes(builders[column]!, source, at),
});

/** 01 and the pieces when the row of the column `seen` is 1, else 00. `builds`: reading gives that column its row. */
function flagged(seen: number, pieces: readonly Piece[], of: readonly number[], builds: boolean): Piece {
  const isSeen = (columns: readonly Column[], row: number): boolean =>
    fixed(columns[seen]!).values[row] === 1;
  return {
    steps: [
      [stateSteps.flag, pieces.flatMap(({ steps }) => steps).length],
      ...pieces.flatMap(({ steps }) => steps),
    ],
    sizeBytes: (columns, row) =>
      isSeen(columns, row) ? pieces.reduce((size, piece) => size + piece.sizeBytes(columns, row), 1) : 1,
    write: (columns, row, target, at) => {
      target[at] = isSeen(columns, row) ? 1 : 0;
      return target[at] === 0
        ? at + 1
        : pieces.reduce((to, piece) => piece.write(columns, row, target, to), at + 1);
    },
    read: (builders, source, at) => {
      if (builds) builders[seen]!.appendNumber(source[at]!);
      if (source[at] === 1) return pieces.reduce((from, piece) => piece.read(builders, source, from), at + 1);
      for (const column of of) builders[column]!.appendDefault();
      return at + 1;
    },
  };
}

/** The text of a row, if its row of the column `seen` is 1. */
function optionalText(column: number, seen: number, builds: boolean): Piece {
  const lengthAt = (columns: readonly Column[], row: number): number => {
    const { offsets } = bytes(columns[column]!);
    return fixed(columns[seen]!).values[row] === 1 ? offsets[row + 1]! - offsets[row]! : -2;
  };
  return {
    steps: [[stateSteps.text, 0]],
    sizeBytes: (columns, row) => 4 + Math.max(0, lengthAt(columns, row) + 1),
    write: (columns, row, target, at) => {
      const size = lengthAt(columns, row) + 1;
      const start = target.writeInt32LE(size, at);
      if (size < 0) return start;
      const { bytes: texts, offsets } = bytes(columns[column]!);
      target.set(texts.subarray(offsets[row], offsets[row + 1]), start);
      target[start + size - 1] = 0;
      return start + size;
    },
    read: (builders, source, at) => {
      const size = Buffer.from(source.buffer, source.byteOffset + at, 4).readInt32LE();
      if (builds) builders[seen]!.appendNumber(size < 0 ? 0 : 1);
      if (size < 0) builders[column]!.appendDefault();
      else builders[column]!.appendBytes(source, at + 4, at + 3 + size);
      return at + 4 + Math.max(0, size);
    },
  };
}

/** Width of a value that is stored as it lies in memory; undefined of others. */
export function plainWidth(type: DataType): number | undefined {
  if (type.kind === 'FixedString') return type.sizeBytes;
  const widths: Partial<Record<DataType['kind'], number>> = {
    Bool: 1,
    UInt8: 1,
    Int8: 1,
    Enum8: 1,
    UInt16: 2,
    Int16: 2,
    Date: 2,
    UInt32: 4,
    Int32: 4,
    DateTime: 4,
    Float32: 4,
    UInt64: 8,
    Int64: 8,
    Float64: 8,
    DateTime64: 8,
  };
  return widths[type.kind];
}

/** Undefined of types whose values Winnow has no state of. */
function optional(type: DataType, column: number, seen: number, builds: boolean): Piece | undefined {
  if (type.kind === 'String') return optionalText(column, seen, builds);
  const width = plainWidth(type);
  return width === undefined
    ? undefined
    : flagged(seen, [value(column, [stateSteps.fixed, width])], [column], builds);
}

function list(type: DataType, column: number): Piece | undefined {
  if (type.kind === 'String') return value(column, [stateSteps.texts, 0]);
  const width = plainWidth(type);
  return width === undefined ? undefined : value(column, [stateSteps.list, width]);
}

const format = (
  types: readonly DataType[],
  pieces: readonly (Piece | undefined)[],
): StateFormat | undefined =>
  pieces.every((piece) => piece !== undefined) ? new StateFormat(types, pieces) : undefined;

/** What a state consists of, before NULL comes into it: types of columns, and their pieces. */
type Parts = { readonly types: readonly DataType[]; readonly pieces: readonly (Piece | undefined)[] };

type PartsOf = (args: readonly DataType[], sum: DataType) => Parts;

const partsOf = {
  count: () => ({ types: [uint64], pieces: [count(0)] }),
  sum: (_, sum) => ({ types: [sum], pieces: [value(0, [stateSteps.fixed, 8])] }),
  avg: (_, sum) => ({ types: [uint64, sum], pieces: [value(1, [stateSteps.fixed, 8]), count(0)] }),
  selection: ([type]) => ({ types: [type!, uint8], pieces: [optional(type!, 0, 1, true)] }),
  selectionBy: ([type, by]) => ({
    types: [type!, by!, uint8],
    pieces: [optional(type!, 0, 2, true), optional(by!, 1, 2, false)],
  }),
  list: ([type]) => ({ types: [arrayOf(type!)], pieces: [list(type!, 0)] }),
  hashes: ([type]) => ({ types: [arrayOf(type!)], pieces: [byte(0), list(type!, 0)] }),
} satisfies Record<string, PartsOf>;

export type StateShape = keyof typeof partsOf;

/**
 * Of values of these types; undefined when Winnow has none. `sum`: of 8 bytes, the type of what is added up.
 * `isFlagged`: a last column, u8, tells whether there was a value that is not NULL.
 */
export function stateFormat(
  shape: StateShape,
  args: readonly DataType[],
  { sum, isFlagged }: { readonly sum: DataType; readonly isFlagged: boolean },
): StateFormat | undefined {
  const { types, pieces } = partsOf[shape](args, sum);
  if (!isFlagged || pieces.includes(undefined)) return format(types, pieces);
  const columns = [...types.keys()];
  return format([...types, uint8], [flagged(types.length, pieces as readonly Piece[], columns, true)]);
}
