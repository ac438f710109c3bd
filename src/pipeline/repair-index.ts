// repair-index.ts — mends the entries of a row-shaped index table that differ from what its row table's rows make.
//
// Keeps true: an entry is written as it was at the positions of the entries around it, and the positions stay. What to
// write is decided at a moment when no batch is on its way, for one entry at a time:
//   - an operation that is not applied yet names it: nothing is written, for that operation will put or delete the entry
//     whatever is there;
//   - else no commit between the entry's position and the moment touched it, so that the row of the moment tells what
//     the entry was at the position.
// Operations of later commits are applied after the write and win, as over any applied entry. Batches wait meanwhile; should
// one have got in all the same (the index table fell behind and caught up), nothing is written.

import { byteString } from '../base/byte-string.ts';
import type { KvBatch } from '../kv/kv.ts';
import type { Committer } from '../log/committer.ts';
import type { Drift } from './check-index.ts';
import type { Entry } from './entry-layout.ts';
import type { IndexMoment } from './index-moment.ts';
import type { IndexTable } from './index-table.ts';
import type { Reservations } from './reservations.ts';
import { deleteEntry, putEntry } from './write-entry.ts';

/** Reservations that are mended while other writers wait. */
const MENDED_PER_COMMIT = 500;

/** A put, or with `entry` undefined a delete. */
type Fix = { readonly storedKey: Uint8Array; readonly entry: Entry | undefined };

/** False when a batch came between; then nothing is written. */
export async function repairEntries(
  index: IndexTable,
  storedKeys: readonly Uint8Array[],
  services: { readonly committer: Committer; readonly takeMoment: () => IndexMoment },
): Promise<boolean> {
  return index.turns.alone(async () => {
    const isAsBefore = watch(index);
    const moment = services.takeMoment();
    try {
      const fixes = await fixesOf(moment, storedKeys);
      let isWritten = false;
      await services.committer.apply((batch) => {
        isWritten = isAsBefore();
        if (!isWritten) return;
        index.storage.sums.generation++;
        for (const fix of fixes) write(fix, batch, index.definition.layout === 'SPLIT');
      });
      return isWritten;
    } finally {
      moment.release();
    }
  });
}

/** Transactions are evaluated one after the other, so each reservation goes to the row that has its values by then. */
export async function mendReservations(
  reservations: Reservations,
  drifts: readonly Drift[],
  committer: Committer,
): Promise<void> {
  for (let start = 0; start < drifts.length; start += MENDED_PER_COMMIT)
    await committer.commit([], (context) => {
      for (const { storedKey, expected } of drifts.slice(start, start + MENDED_PER_COMMIT))
        reservations.mend(Buffer.from(storedKey), expected && [storedKey, expected], context);
    });
}

/** Tells whether no batch was submitted since. */
function watch(index: IndexTable): () => boolean {
  const positions = (): string =>
    index.applied.map((position, shard) => Math.max(position, index.storage.submitted(shard))).join();
  const before = positions();
  return () => index.state === 'live' && !index.dropped && positions() === before;
}

async function fixesOf(moment: IndexMoment, storedKeys: readonly Uint8Array[]): Promise<Fix[]> {
  const named = new Set<string>();
  for (const operations of await moment.unapplied())
    for (const { storedKey } of operations.values()) named.add(byteString(storedKey));
  return storedKeys
    .filter((storedKey) => !named.has(byteString(storedKey)))
    .map((storedKey) => ({ storedKey, entry: moment.expectedEntry(storedKey) }));
}

function write({ storedKey, entry }: Fix, batch: KvBatch, hasDetails: boolean): void {
  if (entry) putEntry(batch, entry);
  else deleteEntry(batch, storedKey, hasDetails);
}
