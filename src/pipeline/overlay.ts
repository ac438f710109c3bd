// overlay.ts — applied entries with the tail laid over them: the index table as it is at the read point.

import type { ReadCounters } from '../catalog/access.ts';
import type { TailOperation } from '../log/tail.ts';
import type { ShardEntries, StoredEntry } from './shard-reader.ts';

/**
 * Merges entries of one shard with tail operations, both in key order (backwards when `reverse`): where both name
 * a key, the tail's put replaces the entry and its delete removes it.
 */
export async function* overlay(
  applied: ShardEntries,
  operations: readonly TailOperation[],
  reverse: boolean,
  counters: ReadCounters,
): ShardEntries {
  if (operations.length === 0) return yield* applied;
  counters.tailRowsOverlaid += operations.length;
  const direction = reverse ? -1 : 1;
  let next = 0;
  for await (const entries of applied) {
    const merged: StoredEntry[] = [];
    for (const entry of entries) {
      let order = 1;
      while (
        next < operations.length &&
        (order = direction * Buffer.compare(operations[next]!.storedKey, entry[0])) < 0
      ) {
        addPut(operations[next++]!, merged);
      }
      if (next < operations.length && order === 0) addPut(operations[next++]!, merged);
      else merged.push(entry);
    }
    yield merged;
  }
  const rest: StoredEntry[] = [];
  for (; next < operations.length; next++) addPut(operations[next]!, rest);
  yield rest;
}

function addPut({ storedKey, value }: TailOperation, into: StoredEntry[]): void {
  if (value) into.push([storedKey, value]);
}
