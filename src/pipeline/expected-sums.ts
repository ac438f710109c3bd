// expected-sums.ts — what each shard of an index table should hold, as a sum of entries kept from the operations alone.
//
// Keeps true, for a shard whose sum is known: it is that of the entries that all operations up to `upTo` make. It is
// stored in the batch of the operations that it counts, so any snapshot of the store has entries and sum of one moment, and
// when the two differ, the index table drifted. Operations up to `upTo` are counted already: those that are
// applied once more, after a rewind, count nothing.
// A sum is not known in a store that was written before there were any, and after a build of parts. Operations are counted
// from there on all the same, and a comparison with the row table (drift-detector.ts) tells what to add.
//
// Record:  known u8 · upTo u64 BE · sum (entry-sum.ts)

import type { KvBatch, KvReader } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import { expectedSumKey, readSequence, writeSequence } from '../log/keyspace.ts';
import type { TailOperation } from '../log/tail.ts';
import type { Entry } from './entry-layout.ts';
import { EntrySum, SUM_BYTES } from './entry-sum.ts';
import { checksumIn } from './sealed-value.ts';

const HEADER_BYTES = 9;

export type ExpectedSum = { readonly isKnown: boolean; readonly upTo: Sequence; readonly sum: EntrySum };

const nothing = (isKnown: boolean, upTo: Sequence): ExpectedSum => ({ isKnown, upTo, sum: new EntrySum() });

export class ExpectedSums {
  readonly #indexId: number;
  readonly #shards: ExpectedSum[];
  /** Rises when the entries are thrown away or mended: what was found out about them is of the past. */
  generation = 0;

  private constructor(indexId: number, shards: ExpectedSum[]) {
    this.#indexId = indexId;
    this.#shards = shards;
  }

  static read(reader: KvReader, indexId: number, shardCount: number): ExpectedSums {
    const shards = Array.from({ length: shardCount }, (_, shard) => readExpectedSum(reader, indexId, shard));
    return new ExpectedSums(indexId, shards);
  }

  /** Entries of all shards; undefined: not known. */
  get entryCount(): number | undefined {
    if (this.#shards.some(({ isKnown }) => !isKnown)) return undefined;
    return this.#shards.reduce((total, { sum }) => total + sum.count, 0);
  }

  /** Another thread has counted, and its batches are in the store. */
  readAgain(reader: KvReader): void {
    for (const shard of this.#shards.keys())
      this.#shards[shard] = readExpectedSum(reader, this.#indexId, shard);
  }

  /** There are no entries, at `position`. `isKnown` false: those of a build will come without being counted. */
  reset(batch: KvBatch, isKnown: boolean, position: Sequence = 0): void {
    this.generation++;
    for (const shard of this.#shards.keys()) this.#put(batch, shard, nothing(isKnown, position));
  }

  /** The entries of a build are those of `position`: no operation up to there counts once more. */
  reach(batch: KvBatch, position: Sequence): void {
    for (const [shard, expected] of this.#shards.entries())
      this.#put(batch, shard, { ...expected, upTo: Math.max(expected.upTo, position) });
  }

  /** Entries of a build. */
  addRows(batch: KvBatch, entries: readonly (Entry | undefined)[]): void {
    const touched = new Set<number>();
    for (const entry of entries) {
      if (!entry) continue;
      this.#shards[entry.shard]!.sum.add(checksumIn(entry.value));
      touched.add(entry.shard);
    }
    for (const shard of touched) this.#put(batch, shard, this.#shards[shard]!);
  }

  /** Operations that are applied in this batch, all that there are up to `position`. */
  count(batch: KvBatch, shard: number, operations: readonly TailOperation[], position: Sequence): void {
    const { isKnown, upTo, sum } = this.#shards[shard]!;
    for (const { sequence, value, replaced } of operations) {
      if (sequence <= upTo) continue;
      if (replaced !== undefined) sum.remove(replaced);
      if (value) sum.add(checksumIn(value));
    }
    this.#put(batch, shard, { isKnown, upTo: Math.max(upTo, position), sum });
  }

  /** The sum that was `counted` at some moment, when the shard was at `position`, should have been `held` then. */
  learn(
    batch: KvBatch,
    shard: number,
    { held, counted, position }: { held: EntrySum; counted: EntrySum; position: Sequence },
  ): void {
    const { upTo, sum } = this.#shards[shard]!;
    this.#put(batch, shard, {
      isKnown: true,
      upTo: Math.max(upTo, position),
      sum: sum.plus(held, counted),
    });
  }

  #put(batch: KvBatch, shard: number, expected: ExpectedSum): void {
    this.#shards[shard] = expected;
    const record = Buffer.allocUnsafe(HEADER_BYTES + SUM_BYTES);
    record[0] = expected.isKnown ? 1 : 0;
    writeSequence(record, 1, expected.upTo);
    expected.sum.encode(record, HEADER_BYTES);
    batch.put(expectedSumKey(this.#indexId, shard), record);
  }
}

export function readExpectedSum(reader: KvReader, indexId: number, shard: number): ExpectedSum {
  const stored = reader.get(expectedSumKey(indexId, shard));
  if (!stored) return nothing(false, 0);
  const record = Buffer.from(stored);
  return {
    isKnown: record[0] === 1,
    upTo: readSequence(record, 1),
    sum: EntrySum.decode(record, HEADER_BYTES),
  };
}
