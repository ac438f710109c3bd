import type { Kv, KvRange } from '../kv/kv.ts';
import type { Committer } from './committer.ts';

const CHUNK_KEYS = 1000;

/**
 * Deletes every key of a range, in batches between which other writes get their turn. Asks `goesOn` before each;
 * answers false when that ended it early.
 */
export async function deleteRange(
  { kv, committer }: { readonly kv: Kv; readonly committer: Pick<Committer, 'apply'> },
  range: KvRange,
  goesOn: () => boolean,
): Promise<boolean> {
  const iterator = kv.iterate(range);
  try {
    while (goesOn()) {
      const entries = await iterator.next(CHUNK_KEYS);
      if (entries.length === 0) return true;
      await committer.apply((batch) => entries.forEach(([key]) => batch.delete(key)));
    }
    return false;
  } finally {
    await iterator.close();
  }
}
