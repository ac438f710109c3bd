// apply-batch.ts — writing operations of index entries together with the positions they reach.
//
// Keeps true: operations and position are in one batch, so each change takes effect exactly once.
// The position of a shard without operations is not written: replaying nothing costs nothing. Whoever trims the
// log writes all positions first (log-trimmer.ts).

import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { Committer } from '../log/committer.ts';
import { positionKey, sequenceBytes } from '../log/keyspace.ts';
import type { TailOperation } from '../log/tail.ts';
import type { ExpectedSums } from './expected-sums.ts';
import type { ShardBatch } from './index-storage.ts';
import { deleteEntry, putEntry } from './write-entry.ts';

export function applyBatch(
  committer: Pick<Committer, 'apply'>,
  { id, layout }: IndexTableDefinition,
  shards: readonly ShardBatch[],
  sums: ExpectedSums,
): Promise<void> {
  return committer.apply((batch) => {
    for (const { shard, operations, position } of shards) {
      if (operations.length === 0) continue;
      for (const { storedKey, value, detail } of lastPerKey(operations)) {
        if (value) putEntry(batch, { storedKey, value, detail });
        else deleteEntry(batch, storedKey, layout === 'SPLIT');
      }
      batch.put(positionKey(id, shard), sequenceBytes(position));
      sums.count(batch, shard, operations, position);
    }
  });
}

/** Only the last operation per key matters. */
function lastPerKey(operations: readonly TailOperation[]): Iterable<TailOperation> {
  const last = new Map<string, TailOperation>();
  for (const operation of operations) last.set(operation.name, operation);
  return last.values();
}
