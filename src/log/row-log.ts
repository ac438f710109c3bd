// row-log.ts — reading the log of one row table in commit order.
//
// Keeps true: no record is skipped in silence. Each record names the one before it in its shard; a gap is an error.

import { CorruptionError } from '../base/errors.ts';
import type { KvReader } from '../kv/kv.ts';
import { rangeChunks } from '../kv/range-chunks.ts';
import type { Sequence } from './change.ts';
import { logRangeAfter, tableStateKey } from './keyspace.ts';
import { decodeLogRecord, type LogRecord } from './record.ts';
import { decodeTableState } from './table-state.ts';

const CHUNK_RECORDS = 256;

export type LogSource = { readonly reader: KvReader; readonly tableId: number; readonly shardCount: number };

/**
 * The records above `after`, in commit order, a chunk at a time. The reader must not change while it is read
 * (a snapshot). Errors: CHECKSUM_DOESNT_MATCH for a damaged or missing record.
 */
export async function* readLog(source: LogSource, after: Sequence): AsyncGenerator<LogRecord[]> {
  const { reader, tableId, shardCount } = source;
  const seen = new Array<Sequence | undefined>(shardCount).fill(undefined);
  for await (const entries of rangeChunks(reader, logRangeAfter(tableId, after), CHUNK_RECORDS)) {
    const records = entries.map(([key, value]) => decodeLogRecord(key, value));
    for (const record of records) {
      const last = seen[record.shard];
      if (last === undefined ? record.previous > after : record.previous !== last)
        throw lost(tableId, record.shard, record.previous);
      seen[record.shard] = record.sequence;
    }
    yield records;
  }
  checkEnd(source, after, seen);
}

function checkEnd(
  { reader, tableId, shardCount }: LogSource,
  after: Sequence,
  seen: readonly (Sequence | undefined)[],
): void {
  const state = reader.get(tableStateKey(tableId));
  if (!state) return;
  decodeTableState(state, shardCount).lastSequences.forEach((last, shard) => {
    if (last > Math.max(after, seen[shard] ?? 0)) throw lost(tableId, shard, last);
  });
}

function lost(tableId: number, shard: number, sequence: Sequence): CorruptionError {
  return new CorruptionError(
    `the log of table ${tableId}, shard ${shard}`,
    `record ${sequence}`,
    'no such record',
  );
}
