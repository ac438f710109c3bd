// sort-keys.ts — columns as keys of an order, written as the records that the kernels read (wasm/sort-key.ts).

import { assert } from '../base/assert.ts';
import type { Arena, TypedArray } from './arena.ts';

/** What an order needs of a column. */
export type KeyColumn =
  | { readonly layout: 'fixed'; readonly values: TypedArray; readonly nulls: Uint8Array | undefined }
  | (KeyStrings & { readonly layout: 'bytes'; readonly nulls: Uint8Array | undefined })
  | {
      readonly layout: 'dictionary';
      readonly codes: Uint8Array | Uint16Array | Uint32Array;
      readonly dictionary: KeyStrings;
    };

type KeyStrings = { readonly offsets: Uint32Array; readonly bytes: Uint8Array };

export type SortKey = {
  readonly column: KeyColumn;
  readonly descending?: boolean;
  /** NULL and NaN at the beginning, not at the end. */
  readonly nullsFirst?: boolean;
  /** The bytes are UUIDs. */
  readonly uuid?: boolean;
  /** Code 0 of a dictionary is NULL. */
  readonly nullCode?: boolean;
};

const recordWords = 6;
const fixedKinds = [
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  BigUint64Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
] as const;
const stringKind = 10;
const uuidKind = 11;
const codeKinds = [12, 13, 14] as const;

/** Pointer to the keys' records, which are valid as long as the arena's memory and that of the columns. */
export function writeSortKeys(arena: Arena, keys: readonly SortKey[]): number {
  const records = arena.u32(recordWords * keys.length);
  keys.forEach((key, i) => records.set(recordOf(arena, key), recordWords * i));
  return records.byteOffset;
}

function recordOf(arena: Arena, key: SortKey): number[] {
  const { column } = key;
  const flags = (key.descending ? 1 : 0) | (key.nullsFirst ? 2 : 0) | (key.nullCode ? 4 : 0);
  if (column.layout === 'dictionary') {
    const { codes, dictionary } = column;
    const kind = codeKinds[Math.log2(codes.BYTES_PER_ELEMENT)]!;
    return [kind, flags, arena.take(codes).byteOffset, ...stringPointers(arena, dictionary), 0];
  }
  const nulls = column.nulls ? arena.take(column.nulls).byteOffset : 0;
  if (column.layout === 'bytes')
    return [key.uuid ? uuidKind : stringKind, flags, 0, ...stringPointers(arena, column), nulls];
  const kind = fixedKinds.findIndex((kindOf) => column.values instanceof kindOf);
  assert(kind >= 0, 'a fixed column has a typed array');
  return [kind, flags, arena.take(column.values).byteOffset, 0, 0, nulls];
}

function stringPointers(arena: Arena, { offsets, bytes }: KeyStrings): readonly [number, number] {
  return [arena.take(offsets).byteOffset, arena.take(bytes).byteOffset];
}
