// group-index.ts — numbers the distinct rows of some columns: 0, 1, 2 … in order of first sight.
//
// Each column has a dictionary from value to number; the numbers of several columns are combined pair by pair, so
// that no row is ever turned into bytes. NULL equals NULL and NaN equals NaN, as in GROUP BY and DISTINCT.

import { assert } from '../base/assert.ts';
import type { BytesColumn, Column, FixedColumn, FixedValues } from '../types/column.ts';
import { keyColumn } from '../types/value-bytes.ts';

/** Numbers of the second of two combined columns stay below this, of the first below 2^27: exact in a double. */
const PAIR_FACTOR = 2 ** 26;

/** Guessed size of one entry of a Map. */
const ENTRY_BYTES = 48;

export class GroupIndex {
  readonly #dictionaries: Dictionary[] = [];
  readonly #pairs: Map<number, number>[] = [];
  #groupCount = 0;

  get groupCount(): number {
    return this.#groupCount;
  }

  /** The group of every row, and the rows that are the first of their group. `columns` have the same types in every call. */
  assign(columns: readonly Column[], rowCount: number): { groups: Uint32Array; firstRows: Uint32Array } {
    const groups = new Uint32Array(rowCount);
    columns.forEach((column, i) => {
      const dictionary = (this.#dictionaries[i] ??= new Dictionary());
      if (i === 0) return dictionary.number(column, rowCount, groups);
      const next = new Uint32Array(rowCount);
      dictionary.number(column, rowCount, next);
      combine((this.#pairs[i] ??= new Map()), groups, next);
    });
    return { groups, firstRows: this.#firstRows(groups) };
  }

  #firstRows(groups: Uint32Array): Uint32Array {
    const rows: number[] = [];
    for (let row = 0; row < groups.length; row++) {
      if (groups[row] !== this.#groupCount) continue;
      rows.push(row);
      this.#groupCount++;
    }
    return Uint32Array.from(rows);
  }

  sizeBytes(): number {
    const dictionaries = this.#dictionaries.reduce((total, dictionary) => total + dictionary.sizeBytes, 0);
    return this.#pairs.reduce((total, pairs) => total + (pairs?.size ?? 0) * ENTRY_BYTES, dictionaries);
  }
}

/** Replaces each number of `first` by the number of the pair (first, second). */
function combine(pairs: Map<number, number>, first: Uint32Array, second: Uint32Array): void {
  for (let row = 0; row < first.length; row++) {
    assert(second[row]! < PAIR_FACTOR, 'a grouping column has fewer than 2^26 distinct values');
    const pair = first[row]! * PAIR_FACTOR + second[row]!;
    let number = pairs.get(pair);
    if (number === undefined) {
      number = pairs.size;
      pairs.set(pair, number);
    }
    first[row] = number;
  }
}

class Dictionary {
  readonly #numbers = new Map<number | bigint | string, number>();
  #nullNumber = -1;
  #count = 0;
  #textBytes = 0;

  get sizeBytes(): number {
    return this.#numbers.size * ENTRY_BYTES + this.#textBytes;
  }

  number(column: Column, rowCount: number, into: Uint32Array): void {
    const keys = keyColumn(column);
    if (keys.layout === 'bytes') this.#numberBytes(keys, rowCount, into);
    else this.#numberFixed(keys, keys.values, rowCount, into);
  }

  #numberFixed({ nulls }: FixedColumn, values: FixedValues, rowCount: number, into: Uint32Array): void {
    for (let row = 0; row < rowCount; row++) {
      into[row] = nulls !== undefined && nulls[row] === 1 ? this.#ofNull() : this.#of(values[row]!);
    }
  }

  #numberBytes({ bytes, offsets, nulls }: BytesColumn, rowCount: number, into: Uint32Array): void {
    for (let row = 0; row < rowCount; row++) {
      if (nulls !== undefined && nulls[row] === 1) {
        into[row] = this.#ofNull();
        continue;
      }
      const before = this.#count;
      // Latin-1 keeps every byte apart, and is the engine's shortest string.
      into[row] = this.#of(bytes.toString('latin1', offsets[row], offsets[row + 1]));
      if (this.#count > before) this.#textBytes += offsets[row + 1]! - offsets[row]!;
    }
  }

  #of(value: number | bigint | string): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    this.#numbers.set(value, this.#count);
    return this.#count++;
  }

  #ofNull(): number {
    if (this.#nullNumber < 0) this.#nullNumber = this.#count++;
    return this.#nullNumber;
  }
}
