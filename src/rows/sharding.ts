// sharding.ts — which shard a row lies in. Part of the stored format: the results never change.

import { assert } from '../base/assert.ts';
import { murmur3 } from '../base/hash.ts';
import type { Column } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import { createKeyCodec, type KeyCodec } from '../types/key-codec.ts';
import type { Sharding } from './definition.ts';

/** Picks shards from the sharding columns, given in the order of `sharding.columns`. */
export class Sharder {
  readonly #sharding: Sharding;
  readonly #codec: KeyCodec;

  constructor(sharding: Sharding, types: readonly DataType[]) {
    this.#sharding = sharding;
    this.#codec = createKeyCodec(types);
  }

  shardOf(columns: readonly Column[], row: number): number {
    if (this.#sharding.shardCount === 1) return 0;
    if (this.#sharding.method === 'mod') return moduloOf(columns[0]!, row, this.#sharding.shardCount);
    return this.#codec.hash(columns, row) % this.#sharding.shardCount;
  }

  /** For hash sharding: the shard of the encoded sharding columns, which begin at `start`. */
  shardOfKey(encoded: Uint8Array, start = 0): number {
    return murmur3(encoded, start) % this.#sharding.shardCount;
  }
}

/** The remainder, never negative; NULL counts as 0. */
function moduloOf(column: Column, row: number, shardCount: number): number {
  assert(column.layout === 'fixed', 'mod sharding takes a whole-number column');
  const remainder = BigInt(column.values[row]!) % BigInt(shardCount);
  return Number(remainder < 0n ? remainder + BigInt(shardCount) : remainder);
}

/**
 * The shard of one row: `columns` are the sharding columns in the order of `sharding.columns`, of the table's types
 * (a Nullable column's type included).
 */
export function shardOfColumns(sharding: Sharding, columns: readonly Column[], row: number): number {
  return new Sharder(
    sharding,
    columns.map((column) => column.type),
  ).shardOf(columns, row);
}
