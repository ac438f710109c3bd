// positions.ts — what the store keeps about how far an index table has come.
//
// Keeps true: without a position for every shard there is no index table, only what a crash left of one. While it is built,
// `builtTo` stands beside the positions: it has the entries of the rows up to that stored key, at exactly its positions.

import type { Kv, KvBatch, KvReader } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import { builtToKey, positionKey, readSequence, replayedToKey, sequenceBytes } from '../log/keyspace.ts';

/** Per target shard; undefined when one is missing. */
export function readPositions(reader: KvReader, indexId: number, shardCount: number): Sequence[] | undefined {
  const stored = Array.from({ length: shardCount }, (_, shard) => reader.get(positionKey(indexId, shard)));
  if (stored.some((value) => value === undefined)) return undefined;
  return stored.map((value) => readSequence(value!, 0));
}

export function writePositions(batch: KvBatch, indexId: number, positions: readonly Sequence[]): void {
  for (const [shard, position] of positions.entries())
    batch.put(positionKey(indexId, shard), sequenceBytes(position));
}

/** From here on there is no index table, whatever else the store holds of it. */
export function deletePositions(batch: KvBatch, indexId: number, shardCount: number): void {
  for (let shard = 0; shard < shardCount; shard++) batch.delete(positionKey(indexId, shard));
  batch.delete(builtToKey(indexId));
  batch.delete(replayedToKey(indexId));
}

export function readBuiltTo(kv: Kv, indexId: number): Uint8Array | undefined {
  return kv.get(builtToKey(indexId));
}

/** `storedKey`: of the last row that has its entry; empty at the beginning, undefined at the end. */
export function writeBuiltTo(batch: KvBatch, indexId: number, storedKey: Uint8Array | undefined): void {
  if (storedKey) batch.put(builtToKey(indexId), storedKey);
  else batch.delete(builtToKey(indexId));
}

/** The highest position before a rewind; 0 when there was none. */
export function readReplayedTo(kv: Kv, indexId: number): Sequence {
  const stored = kv.get(replayedToKey(indexId));
  return stored ? readSequence(stored, 0) : 0;
}

export function writeReplayedTo(batch: KvBatch, indexId: number, sequence: Sequence): void {
  batch.put(replayedToKey(indexId), sequenceBytes(sequence));
}
