// table-state.ts — what the log keeps about one row table, committed in every batch that touches the table.
//
//   row count u64 · trimmed-to sequence u64 · last sequence u64 per shard      big-endian

import { CorruptionError } from '../base/errors.ts';
import type { Sequence } from './change.ts';
import type { KvReader } from '../kv/kv.ts';
import { readSequence, tableStateKey, writeSequence } from './keyspace.ts';

export type TableState = {
  rowCount: number;
  /** Log records up to here are gone. */
  trimmedTo: Sequence;
  /** Sequence of the newest log record of each shard; 0 = none. */
  readonly lastSequences: Sequence[];
};

export function newTableState(shardCount: number): TableState {
  return { rowCount: 0, trimmedTo: 0, lastSequences: new Array<Sequence>(shardCount).fill(0) };
}

export function encodeTableState(state: TableState): Buffer {
  const bytes = Buffer.allocUnsafe(16 + 8 * state.lastSequences.length);
  writeSequence(bytes, 0, state.rowCount);
  writeSequence(bytes, 8, state.trimmedTo);
  state.lastSequences.forEach((sequence, shard) => writeSequence(bytes, 16 + 8 * shard, sequence));
  return bytes;
}

export function decodeTableState(bytes: Uint8Array, shardCount: number): TableState {
  const sizeBytes = 16 + 8 * shardCount;
  if (bytes.length !== sizeBytes)
    throw new CorruptionError('table state', `${sizeBytes} bytes`, `${bytes.length}`);
  return {
    rowCount: readSequence(bytes, 0),
    trimmedTo: readSequence(bytes, 8),
    lastSequences: Array.from({ length: shardCount }, (_, shard) => readSequence(bytes, 16 + 8 * shard)),
  };
}

/** The rows of a row table in a store or snapshot. */
export function rowCountIn(reader: KvReader, tableId: number, shardCount: number): number {
  const state = reader.get(tableStateKey(tableId));
  return state ? decodeTableState(state, shardCount).rowCount : 0;
}
