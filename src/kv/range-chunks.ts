// range-chunks.ts — a range of the ordered store, a chunk at a time.

import type { KvEntry, KvRange, KvReader } from './kv.ts';

/** The entries of `range` in key order, up to `count` per chunk. */
export async function* rangeChunks(
  reader: KvReader,
  range: KvRange,
  count: number,
): AsyncGenerator<KvEntry[]> {
  const iterator = reader.iterate(range);
  try {
    for (;;) {
      const entries = await iterator.next(count);
      if (entries.length === 0) return;
      yield entries;
    }
  } finally {
    await iterator.close();
  }
}
