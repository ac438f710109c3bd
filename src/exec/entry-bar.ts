// entry-bar.ts — which rows of a block may still be among the first k, when k rows are known already.
//
// A row that comes behind the last of those by its first key alone may not. Of rows that compare equal the earlier come
// first, so when there is no other key, a row that is equal may not either.

import type { Arena } from '../kernels/arena.ts';
import { kernelRuntime } from '../kernels/runtime.ts';
import type { BytesColumn, Column, DictionaryColumn, FixedColumn } from '../types/column.ts';
import { physicalOf, type FixedPhysical } from '../types/data-type.ts';
import { lookUp } from './coded-condition.ts';
import type { Predicate } from './predicate.ts';
import { predicateMask } from './predicate-mask.ts';
import { comparatorOfKey, type Direction } from './row-order.ts';
import { placesOf, placesOfEquals } from './value-places.ts';

export class EntryBar {
  /** The first key of the known rows in order; the last one is the bar. */
  readonly #known: Column;
  readonly #direction: Direction;
  readonly #isOnlyKey: boolean;
  readonly #predicate: Predicate | undefined;
  /** For each value of a dictionary whether it may enter. */
  readonly #ofDictionaries = new WeakMap<BytesColumn, Uint8Array>();

  /** At least one row is known. */
  constructor(known: Column, direction: Direction, isOnlyKey: boolean) {
    this.#known = known;
    this.#direction = direction;
    this.#isOnlyKey = isOnlyKey;
    if (known.layout === 'fixed') this.#predicate = this.#predicateOf(known);
  }

  /** Of a block's first key, the rows that may enter; undefined when kernels do not tell. */
  mask(column: Column, arena: Arena): Uint8Array | undefined {
    if (column.layout === 'fixed') return this.#predicate && this.#maskOf(column, this.#predicate, arena);
    return column.layout === 'dictionary' ? this.#maskOfCodes(column, arena) : undefined;
  }

  #predicateOf(known: FixedColumn): Predicate | undefined {
    const { descending, nullsFirst } = this.#direction;
    const last = known.rowCount - 1;
    const physical = physicalOf(known.type) as FixedPhysical;
    const value = known.values[last]!;
    // NULL and NaN lie outside of the order of values.
    if (known.nulls?.[last] === 1 || Number.isNaN(value) || (nullsFirst && physical.startsWith('f')))
      return undefined;
    const places = placesOf(physical);
    const equals = placesOfEquals(places, value);
    const [low, high] = descending
      ? [this.#isOnlyKey ? equals.high + 1n : equals.low, places.last]
      : [places.first, this.#isOnlyKey ? equals.low - 1n : equals.high];
    return { kind: 'within', column: 0, negated: false, physical, low, high };
  }

  #maskOf(column: FixedColumn, predicate: Predicate, arena: Arena): Uint8Array {
    const { rowCount, nulls } = column;
    const mask = predicateMask(predicate, { rowCount, columns: [column] }, arena);
    if (this.#direction.nullsFirst && nulls) {
      const pointer = arena.take(nulls).byteOffset;
      kernelRuntime().kernels.maskOr(mask.byteOffset, pointer, rowCount, mask.byteOffset);
    }
    return mask;
  }

  #maskOfCodes({ codes, dictionary, rowCount }: DictionaryColumn, arena: Arena): Uint8Array | undefined {
    let enters = this.#ofDictionaries.get(dictionary);
    if (!enters) {
      if (dictionary.rowCount > rowCount) return undefined;
      enters = this.#valuesThatEnter(dictionary);
      this.#ofDictionaries.set(dictionary, enters);
    }
    return lookUp(codes, arena.take(enters), rowCount, arena);
  }

  #valuesThatEnter(dictionary: BytesColumn): Uint8Array {
    const compare = comparatorOfKey(this.#direction, dictionary, this.#known);
    const last = this.#known.rowCount - 1;
    const most = this.#isOnlyKey ? -1 : 0;
    return Uint8Array.from({ length: dictionary.rowCount }, (_, i) =>
      Math.sign(compare(i, last)) <= most ? 1 : 0,
    );
  }
}
