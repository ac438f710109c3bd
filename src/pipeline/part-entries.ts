// part-entries.ts — the rows of parts as the entries that they stand for, to be compared with those of rows and operations.

import type { KvEntry } from '../kv/kv.ts';
import { MergeSource } from '../parts/merge-source.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import { sliceBlock } from '../types/block.ts';
import type { ColumnarStorage } from './columnar-storage.ts';
import type { EntryLayout } from './entry-layout.ts';
import type { ActivePart } from './locate-keys.ts';

const CHUNK_ROWS = 1024;

/** Memory for columns of one part. */
const READ_BYTES = 1024 * 1024;

export type PartRows = {
  readonly layout: EntryLayout;
  readonly storage: ColumnarStorage;
  readonly readers: ReaderCache;
  readonly shard: number;
  readonly parts: readonly ActivePart[];
};

/** Rows that are not masked. Errors: CorruptionError naming a file, or a part whose rows are out of order. */
export async function* partEntries(of: PartRows): AsyncGenerator<KvEntry[]> {
  const { layout, storage, shard, parts } = of;
  const lease = of.readers.lease();
  try {
    for (const { part, mask } of parts) {
      const source = new MergeSource(part, mask, storage.schema, lease, READ_BYTES);
      try {
        while (source.hasMore) {
          source.next();
          const { rowCount, columns } = source;
          for (let start = 0; start < rowCount; start += CHUNK_ROWS) {
            const rows = sliceBlock({ rowCount, columns }, start, Math.min(rowCount, start + CHUNK_ROWS));
            yield layout.encode(shard, rows, storage.columns);
          }
        }
      } finally {
        source.release();
      }
    }
  } finally {
    lease.release();
  }
}
