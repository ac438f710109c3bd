// locate-keys.ts — finds rows in sorted parts by their whole sorting key.
//
// Keeps true: among the rows of a shard's active parts that are not deleted, a key occurs at most once; so the first
// row found that is not deleted is the row. Keys are looked up in key order, so each granule is read once per call.

import { Arena } from '../kernels/arena.ts';
import type { MaskedPart } from '../parts/merge-parts.ts';
import type { Part } from '../parts/part.ts';
import type { PartReader } from '../parts/part-reader.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import { expandDictionary } from '../types/block.ts';
import type { Column } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { compareAt } from '../types/compare.ts';
import type { DataType } from '../types/data-type.ts';
import { createKeyCodec, type KeyCodec } from '../types/key-codec.ts';

export type ActivePart = MaskedPart;

export type Location = { readonly part: Part; readonly row: number };

export type KeyColumn = { readonly name: string; readonly type: DataType };

export class KeyLocator {
  readonly #key: readonly KeyColumn[];
  readonly #codec: KeyCodec;
  readonly #readers: ReaderCache;

  /** `key`: the columns of the sorting key, all of them in the primary index. */
  constructor(key: readonly KeyColumn[], readers: ReaderCache) {
    this.#key = key;
    this.#codec = createKeyCodec(key.map(({ type }) => type));
    this.#readers = readers;
  }

  /** Where each encoded key (as a byte string) lies; keys that no row has are left out. */
  locate(parts: readonly ActivePart[], names: Iterable<string>): Map<string, Location> {
    const found = new Map<string, Location>();
    let missing = [...names].sort();
    for (const active of parts) {
      if (missing.length === 0) break;
      const rows = this.#rowsIn(active, missing);
      missing = missing.filter((name, i) => {
        if (rows[i]! < 0) return true;
        found.set(name, { part: active.part, row: rows[i]! });
        return false;
      });
    }
    return found;
  }

  /** For each of the sorted keys its row in the part, or -1. */
  #rowsIn({ part, mask }: ActivePart, names: readonly string[]): Int32Array {
    const keys = this.#decode(names);
    const rows = new Int32Array(names.length).fill(-1);
    const arena = new Arena();
    const lease = this.#readers.lease();
    try {
      let granule = -1;
      let columns: readonly Column[] = [];
      for (let i = 0; i < names.length; i++) {
        const home = granuleOf(part, keys, i);
        if (home < 0) continue;
        if (home !== granule) {
          granule = home;
          arena.rewind();
          columns = this.#readKey(lease.of(part), granule, arena);
        }
        const row = rowOf(columns, part.granuleRows[granule]!, keys, i);
        const position = part.granuleStarts[granule]! + row;
        if (row >= 0 && !mask.has(position)) rows[i] = position;
      }
    } finally {
      arena.release();
      lease.release();
    }
    return rows;
  }

  #decode(names: readonly string[]): Column[] {
    const builders = this.#key.map(({ type }) => createColumnBuilder(type, names.length));
    for (const name of names) this.#codec.decodeInto(Buffer.from(name, 'latin1'), builders);
    return builders.map((builder) => builder.finish());
  }

  #readKey(reader: PartReader, granule: number, arena: Arena): Column[] {
    const granules = { start: granule, end: granule + 1 };
    return this.#key.map(({ name }) => expandDictionary(reader.read(name, granules, arena)));
  }
}

function compareKeys(a: readonly Column[], i: number, b: readonly Column[], j: number): number {
  for (let column = 0; column < a.length; column++) {
    const order = compareAt(a[column]!, i, b[column]!, j);
    if (order !== 0) return order;
  }
  return 0;
}

/** The last granule that begins at or before the key; -1 when the key lies outside of the part. */
function granuleOf(part: Part, keys: readonly Column[], i: number): number {
  const granuleCount = part.granuleRows.length;
  if (granuleCount === 0 || compareKeys(part.index, granuleCount, keys, i) < 0) return -1;
  return upperBound(part.index, granuleCount, keys, i) - 1;
}

function rowOf(columns: readonly Column[], rowCount: number, keys: readonly Column[], i: number): number {
  const row = upperBound(columns, rowCount, keys, i) - 1;
  return row >= 0 && compareKeys(columns, row, keys, i) === 0 ? row : -1;
}

/** The first of `count` sorted rows behind the key. */
function upperBound(rows: readonly Column[], count: number, keys: readonly Column[], i: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(rows, middle, keys, i) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
