// entry-buckets.ts — two sets of entries, those that should be there and those that are, as sums per bucket of keys.

import { murmur3 } from '../base/hash.ts';
import { SHARD_PREFIX_BYTES } from '../log/keyspace.ts';
import { mix } from './entry-sum.ts';

/** So many entries share a bucket, as far as there are buckets. */
const ENTRIES_PER_BUCKET = 256;
const MIN_BUCKETS = 4096;
const MAX_BUCKETS = 1_048_576;

export class EntryBuckets {
  readonly #mask: number;
  /** Entries of both sets. */
  readonly #entries: Uint32Array;
  /** Of those that are there above those that should be: count, and the two sums of entry-sum.ts. */
  readonly #surplus: Int32Array;
  readonly #plain: Int32Array;
  readonly #mixed: Int32Array;

  /** `count`: how many entries there may be, about. */
  constructor(count: number) {
    let size = MIN_BUCKETS;
    while (size < MAX_BUCKETS && size * ENTRIES_PER_BUCKET < count) size *= 2;
    this.#mask = size - 1;
    this.#entries = new Uint32Array(size);
    this.#surplus = new Int32Array(size);
    this.#plain = new Int32Array(size);
    this.#mixed = new Int32Array(size);
  }

  of(storedKey: Uint8Array): number {
    return murmur3(storedKey, SHARD_PREFIX_BYTES) & this.#mask;
  }

  /** An entry that should be there. */
  expect(storedKey: Uint8Array, checksum: number): void {
    this.#count(storedKey, checksum, -1);
  }

  /** An entry that is there. */
  find(storedKey: Uint8Array, checksum: number): void {
    this.#count(storedKey, checksum, 1);
  }

  #count(storedKey: Uint8Array, checksum: number, sign: 1 | -1): void {
    const bucket = this.of(storedKey);
    this.#entries[bucket]!++;
    this.#surplus[bucket]! += sign;
    this.#plain[bucket]! += sign * checksum;
    this.#mixed[bucket]! += sign * mix(checksum);
  }

  /** How many more entries are there than should be. */
  surplus(bucket: number): number {
    return this.#surplus[bucket]!;
  }

  /** Buckets whose sets differ, in groups of about `size` entries. */
  unequal(size: number): Set<number>[] {
    const groups: Set<number>[] = [];
    let room = 0;
    for (let bucket = 0; bucket <= this.#mask; bucket++) {
      if (this.#surplus[bucket] === 0 && this.#plain[bucket] === 0 && this.#mixed[bucket] === 0) continue;
      const count = this.#entries[bucket]!;
      if (groups.length === 0 || room < count) {
        groups.push(new Set());
        room = size;
      }
      groups.at(-1)!.add(bucket);
      room -= count;
    }
    return groups;
  }
}
