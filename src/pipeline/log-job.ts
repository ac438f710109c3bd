// log-job.ts — a piece of the log applied to an index table by another thread, on its own handle of the shared store.
//
// Keeps true:
//   - the thread holds no truth. It writes what the owner thread would write: entries with their positions and sums, in
//     synced batches in the order of the log, of commits that its snapshot holds, which are durable;
//   - one piece at a time for an index table, and only while it is `behind`: nobody else writes its entries, sums or
//     positions meanwhile, and what was submitted before is in the store;
//   - a piece that fails, or whose thread dies, may have been applied in part. No write of it is left on its way, and the
//     owner thread goes on from the positions and sums that the store has.

import { workBehind } from '../base/work-behind.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { Kv } from '../kv/kv.ts';
import type { Sequence } from '../log/change.ts';
import type { Committer } from '../log/committer.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { RowLayout } from '../rows/row-layout.ts';
import { EntryLayout } from './entry-layout.ts';
import { EntryStorage } from './entry-storage.ts';
import { logBatches } from './log-batches.ts';
import { sqlFilter } from './row-filters.ts';

/** Can be cloned. The index table has no filter in TypeScript: that one is the owner thread's. */
export type LogJob = {
  readonly storePath: string;
  readonly index: IndexTableDefinition;
  readonly table: RowTableDefinition;
  /** Per target shard. */
  readonly applied: readonly Sequence[];
  readonly batchChanges: number;
  /** It ends with the batch that reaches so many changes, or with the log. */
  readonly maxChanges: number;
};

export type LogJobResult = {
  /** Every target shard has reached it. */
  readonly position: Sequence;
  /** Commit time of the newest transaction applied; undefined: the log is at its end, as it was when the job began. */
  readonly throughMs: number | undefined;
};

/** Threads that apply pieces of the log beside the owner thread. */
export interface LogThreads {
  /** A log longer than this is left to them: they take time to start. */
  readonly afterChanges: number;
  /** Of a piece, about; whoever wants to stop the index table waits for it. */
  readonly pieceChanges: number;
  /** undefined: no thread is ready now. Rejects when the piece failed, or its thread. */
  run(job: LogJob): Promise<LogJobResult> | undefined;
}

/** Applies the piece; `committer` is the thread's way to write. */
export async function runLogJob(
  services: { readonly kv: Kv; readonly committer: Pick<Committer, 'apply'> },
  { index, table, applied, batchChanges, maxChanges }: LogJob,
): Promise<LogJobResult> {
  const layout = new EntryLayout(index, table, sqlFilter(index, table));
  const storage = new EntryStorage(layout, { ...services, batchChanges });
  const snapshot = services.kv.snapshot();
  let left = maxChanges;
  let result: LogJobResult = { position: 0, throughMs: undefined };
  try {
    const rows = new RowLayout(table);
    const batches = logBatches(snapshot, {
      layout,
      rows,
      applied,
      batchChanges,
      concerned: (changes) => changes,
    });
    await workBehind(
      batches,
      () => left > 0,
      async ({ shards, position, throughMs, changeCount }) => {
        await storage.apply(shards);
        left -= changeCount;
        result = { position, throughMs };
      },
    );
    return result;
  } finally {
    snapshot.release();
  }
}

/** Writes to the store alone, past the owner thread's committer. */
export function directWriter(kv: Kv): Pick<Committer, 'apply'> {
  return {
    async apply(fill) {
      const batch = kv.batch();
      fill(batch);
      await kv.write(batch, { sync: true });
    },
  };
}
