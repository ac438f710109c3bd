// highest-keys.ts — the highest stored key of each shard of a row table, or a bound above it.
//
// Keeps true: no row of the shard has a key above it. Rows that come in key order (ids, times) are then known to be
// new without asking the store, which would be a third of the cost of a bulk load.

import type { KvReader } from '../kv/kv.ts';
import { rowShardRange } from './keyspace.ts';

export class HighestKeys {
  /** By shard; undefined = no row. */
  readonly #keys: (Uint8Array | undefined)[];

  private constructor(keys: (Uint8Array | undefined)[]) {
    this.#keys = keys;
  }

  /** Of a table without rows. */
  static none(shardCount: number): HighestKeys {
    return new HighestKeys(new Array<Uint8Array | undefined>(shardCount).fill(undefined));
  }

  static async read(reader: KvReader, tableId: number, shardCount: number): Promise<HighestKeys> {
    const keys = await Promise.all(
      Array.from({ length: shardCount }, async (_, shard) => {
        const iterator = reader.iterate(rowShardRange(tableId, shard), { reverse: true });
        try {
          return (await iterator.next(1))[0]?.[0];
        } finally {
          await iterator.close();
        }
      }),
    );
    return new HighestKeys(keys);
  }

  /** Notes that a row may be written; true when there cannot be one of that key yet. */
  noteWrite(shard: number, storedKey: Buffer): boolean {
    const highest = this.#keys[shard];
    if (highest && storedKey.compare(highest) <= 0) return false;
    this.#keys[shard] = storedKey;
    return true;
  }
}
