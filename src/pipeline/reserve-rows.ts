// reserve-rows.ts — the reservations of rows that were there before their UNIQUE INDEX TABLE.
//
// Writers reserve theirs from the moment the index table is registered. Each chunk of rows is read as it is when the chunk
// is committed, so it does not matter what they change meanwhile: whoever comes second to a value is refused, be it
// a writer or this. Doing it again changes nothing, so after a crash it begins again.

import type { Kv, KvEntry } from '../kv/kv.ts';
import { rangeChunks } from '../kv/range-chunks.ts';
import type { Committer } from '../log/committer.ts';
import { allReservedKey, tableRowsRange } from '../log/keyspace.ts';
import { DecodedRows } from '../rows/decoded-rows.ts';
import type { RowTable } from '../rows/row-table.ts';
import type { IndexTable } from './index-table.ts';
import type { Reservations } from './reservations.ts';

const CHUNK_ROWS = 500;

/**
 * Resolves when every row has its reservation, or early when the index table is dropped or `goesOn` answers false.
 * Errors: DUPLICATE_KEY naming two rows, EntryError.
 */
export async function reserveRows(
  { kv, committer }: { readonly kv: Kv; readonly committer: Committer },
  { definition, layout }: RowTable,
  { index, reservations }: { readonly index: IndexTable; readonly reservations: Reservations },
  goesOn: () => boolean,
): Promise<void> {
  // Commits that did not reserve are durable then, and found.
  await committer.apply(() => undefined);
  for await (const rows of rangeChunks(kv, tableRowsRange(definition.id), CHUNK_ROWS)) {
    if (!goesOn()) return;
    await committer.commit([], ({ read, beside }) => {
      if (index.dropped) return;
      const current = rows.flatMap(([storedKey]): KvEntry[] => {
        const image = read(Buffer.from(storedKey));
        return image ? [[storedKey, image]] : [];
      });
      current.forEach((row) => layout.check(row));
      reservations.reserve(new DecodedRows(layout, current), beside);
    });
    if (index.dropped) return;
  }
  await committer.apply((batch) => {
    if (!index.dropped) batch.put(allReservedKey(index.definition.id), Buffer.alloc(0));
  });
}
