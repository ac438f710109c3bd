// entry-storage.ts — row-shaped index tables: entries, and details, lie in the ordered store, next to their positions.

import { must } from '../base/assert.ts';
import type { Kv } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import type { Committer } from '../log/committer.ts';
import { deleteRange } from '../log/delete-range.ts';
import { indexDetailsRange, indexEntriesRange } from '../log/keyspace.ts';
import type { DecodedRows } from '../rows/decoded-rows.ts';
import { applyBatch } from './apply-batch.ts';
import type { EntryLayout } from './entry-layout.ts';
import { ExpectedSums } from './expected-sums.ts';
import type { IndexStorage, ShardBatch } from './index-storage.ts';
import { deletePositions, writeBuiltTo, writePositions } from './positions.ts';
import { putEntry } from './write-entry.ts';

/** A batch that is not full waits this long for more changes: fewer batches, bounded lag. */
const BATCH_DELAY_MS = 5;

export type EntryStorageServices = {
  readonly kv: Kv;
  readonly committer: Pick<Committer, 'apply'>;
  readonly batchChanges: number;
};

export class EntryStorage implements IndexStorage {
  readonly batching: IndexStorage['batching'];
  readonly resumesBuilds = true;
  readonly sums: ExpectedSums;
  readonly #layout: EntryLayout;
  readonly #services: EntryStorageServices;
  readonly #submitted: Sequence[];

  constructor(layout: EntryLayout, services: EntryStorageServices) {
    this.batching = { changes: services.batchChanges, delayMs: BATCH_DELAY_MS };
    this.#layout = layout;
    this.#services = services;
    const { id, sharding } = layout.definition;
    this.sums = ExpectedSums.read(services.kv, id, sharding.shardCount);
    this.#submitted = new Array<Sequence>(sharding.shardCount).fill(0);
  }

  apply(batches: readonly ShardBatch[]): Promise<void> {
    // The committer takes work in the order it is submitted, so a later batch already follows this one.
    for (const { shard, position } of batches)
      this.#submitted[shard] = Math.max(this.#submitted[shard]!, position);
    return applyBatch(this.#services.committer, this.#layout.definition, batches, this.sums);
  }

  submitted(shard: number): Sequence {
    return this.#submitted[shard]!;
  }

  appliedElsewhere(positions: readonly Sequence[]): void {
    for (const [shard, position] of positions.entries())
      this.#submitted[shard] = Math.max(this.#submitted[shard]!, position);
    this.sums.readAgain(this.#services.kv);
  }

  rewind(positions: readonly Sequence[]): void {
    this.#submitted.splice(0, positions.length, ...positions);
  }

  async clear(): Promise<void> {
    const { id, sharding } = this.#layout.definition;
    await this.#services.committer.apply((batch) => deletePositions(batch, id, sharding.shardCount));
    await deleteRange(this.#services, indexEntriesRange(id), () => true);
    await deleteRange(this.#services, indexDetailsRange(id), () => true);
    await this.#services.committer.apply((batch) => this.sums.reset(batch, true));
  }

  add(rows: DecodedRows, position: Sequence): Promise<void> {
    const { id } = this.#layout.definition;
    const entries = this.#layout.entriesOf(rows);
    return this.#services.committer.apply((batch) => {
      for (const entry of entries) if (entry) putEntry(batch, entry);
      writePositions(batch, id, this.#allAt(position));
      writeBuiltTo(batch, id, must(rows.rows.at(-1), 'a build adds rows')[0]);
      this.sums.addRows(batch, entries);
    });
  }

  finish(position: Sequence): Promise<void> {
    const { id } = this.#layout.definition;
    return this.#services.committer.apply((batch) => {
      writePositions(batch, id, this.#allAt(position));
      writeBuiltTo(batch, id, undefined);
      this.sums.reach(batch, position);
    });
  }

  #allAt(position: Sequence): Sequence[] {
    return this.#submitted.map(() => position);
  }

  get rowCount(): number | undefined {
    return this.sums.entryCount;
  }

  async sizeBytes(): Promise<number> {
    const { id } = this.#layout.definition;
    const { kv } = this.#services;
    const entries = await kv.approximateSizeBytes(indexEntriesRange(id));
    return entries + (await kv.approximateSizeBytes(indexDetailsRange(id)));
  }

  async close(): Promise<void> {}
}
