// log-batches.ts — the log of a row table as batches of operations on an index table, in commit order.
//
// Keeps true: a batch ends between transactions and concerns all shards, so whoever applies the batches one after the other
// passes through states that the index table had.

import type { KvReader } from '../kv/kv.ts';
import type { Change, Sequence } from '../log/change.ts';
import { headIn } from '../log/keyspace.ts';
import type { LogRecord } from '../log/record.ts';
import { readLog } from '../log/row-log.ts';
import type { TailOperation } from '../log/tail.ts';
import { ChangedRows } from '../rows/decoded-rows.ts';
import type { RowLayout } from '../rows/row-layout.ts';
import type { EntryLayout } from './entry-layout.ts';
import type { ShardBatch } from './index-storage.ts';

export type LogSource = {
  readonly layout: EntryLayout;
  readonly rows: RowLayout;
  /** Per target shard: what is applied when this begins. */
  readonly applied: readonly Sequence[];
  /** A batch has about so many changes. */
  readonly batchChanges: number;
  /** Changes of rows that should have an entry. */
  readonly concerned: (changes: readonly Change[]) => readonly Change[];
};

export type LogBatch = {
  readonly shards: readonly ShardBatch[];
  readonly position: Sequence;
  /** The commit time of its newest transaction; undefined for the last batch, which reaches the snapshot's head. */
  readonly throughMs: number | undefined;
  readonly changeCount: number;
};

/** As far as the snapshot has the log; there is always a last batch, be it empty. */
export async function* logBatches(snapshot: KvReader, source: LogSource): AsyncGenerator<LogBatch> {
  const { rows, applied, batchChanges } = source;
  const { id, sharding } = rows.definition;
  const from = applied.reduce((low, position) => Math.min(low, position));
  let pending: LogRecord[] = [];
  let changeCount = 0;
  const log = readLog({ reader: snapshot, tableId: id, shardCount: sharding.shardCount }, from);
  for await (const records of log) {
    for (const record of records) {
      const last = pending.at(-1);
      if (last && last.sequence !== record.sequence && changeCount >= batchChanges) {
        yield batchOf(source, pending, last.sequence, last.commitMs);
        pending = [];
        changeCount = 0;
      }
      pending.push(record);
      changeCount += record.changes.length;
    }
  }
  yield batchOf(source, pending, headIn(snapshot), undefined);
}

function batchOf(
  { layout, rows, applied, concerned }: LogSource,
  records: readonly LogRecord[],
  position: Sequence,
  throughMs: number | undefined,
): LogBatch {
  const operations: TailOperation[][] = applied.map(() => []);
  let changeCount = 0;
  for (const { sequence, changes } of records) {
    changeCount += changes.length;
    for (const operation of layout.split(sequence, new ChangedRows(rows, concerned(changes)))) {
      if (sequence > applied[operation.shard]!) operations[operation.shard]!.push(operation);
    }
  }
  const shards = operations.map((list, shard) => ({ shard, operations: list, position }));
  return { shards, position, throughMs, changeCount };
}
