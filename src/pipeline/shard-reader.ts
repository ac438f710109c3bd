// shard-reader.ts — the stored entries of one shard in key order, and the merge of several shards.

import type { ReadCounters, ScanRequest } from '../catalog/access.ts';
import type { KvEntry, KvRange, KvReader } from '../kv/kv.ts';
import { SHARD_PREFIX_BYTES } from '../log/keyspace.ts';

/** A row or an index entry under its stored key. */
export type StoredEntry = KvEntry;

/** Entries of one shard in key order (or backwards), a chunk at a time. */
export type ShardEntries = AsyncGenerator<StoredEntry[]>;

/** The first read is small, because many queries need little; later ones grow. */
const FIRST_COUNT = 128;
const MAX_COUNT = 4096;

export async function* readShard(
  reader: KvReader,
  ranges: readonly KvRange[],
  request: ScanRequest,
  counters: ReadCounters,
): ShardEntries {
  counters.shardsRead++;
  let count = Math.min(firstCount(request), MAX_COUNT);
  for (const range of ranges) {
    const iterator = reader.iterate(range, { reverse: request.reverse });
    try {
      for (;;) {
        const entries = await iterator.next(count);
        if (entries.length === 0) break;
        counters.entriesRead += entries.length;
        for (const [key, value] of entries) counters.bytesRead += key.length + value.length;
        yield entries;
        count = Math.min(4 * count, MAX_COUNT);
      }
    } finally {
      await iterator.close();
    }
  }
}

/** A merge takes from each shard about its share of the limit, and a little more because shares vary. */
function firstCount({ limit, ordered, shards }: ScanRequest): number {
  if (limit === undefined) return FIRST_COUNT;
  return ordered && shards.length > 1 ? Math.ceil((1.2 * limit) / shards.length) + 16 : limit;
}

type Cursor = { readonly source: ShardEntries; entries: StoredEntry[]; at: number };

/** Merges shards into one key order; chunks of up to `size` entries. */
export async function* mergeShards(
  sources: readonly ShardEntries[],
  reverse: boolean,
  size: number,
): AsyncGenerator<StoredEntry[]> {
  const direction = reverse ? -1 : 1;
  try {
    const started = await Promise.all(sources.map(async (source) => refill({ source, entries: [], at: 0 })));
    let cursors = started.filter((cursor) => cursor !== undefined);
    let chunk: StoredEntry[] = [];
    while (cursors.length > 0) {
      const first = cursors.reduce((a, b) => (direction * compareKeys(headOf(b), headOf(a)) < 0 ? b : a));
      chunk.push(headOf(first));
      if (++first.at === first.entries.length && !(await refill(first)))
        cursors = cursors.filter((cursor) => cursor !== first);
      if (chunk.length < size) continue;
      yield chunk;
      chunk = [];
    }
    if (chunk.length > 0) yield chunk;
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}

/** Order over shards: the stored keys without their shard. Keys are short, and a call into native code is not. */
function compareKeys([a]: StoredEntry, [b]: StoredEntry): number {
  const end = Math.min(a.length, b.length);
  for (let i = SHARD_PREFIX_BYTES; i < end; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

const headOf = (cursor: Cursor): StoredEntry => cursor.entries[cursor.at]!;

async function refill(cursor: Cursor): Promise<Cursor | undefined> {
  for (;;) {
    const next = await cursor.source.next();
    if (next.done) return undefined;
    if (next.value.length === 0) continue;
    cursor.entries = next.value;
    cursor.at = 0;
    return cursor;
  }
}
