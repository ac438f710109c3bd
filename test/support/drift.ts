// drift.ts — index tables made to differ from their row tables on purpose, in the folder of a closed store.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32c } from '../../src/base/crc32c.ts';
import { openLevelKv } from '../../src/kv/level-kv.ts';
import type { KvBatch, KvEntry, KvRange } from '../../src/kv/kv.ts';
import { rangeChunks } from '../../src/kv/range-chunks.ts';
import { expectedSumKey, indexDetailsRange, indexEntriesRange } from '../../src/log/keyspace.ts';
import { withContent } from './damage.ts';

type Change = (entries: readonly KvEntry[], batch: KvBatch) => void;

/** Lets `change` write what it likes beside the entries of a row-shaped index table. */
export const changeEntries = (folder: string, indexId: number, change: Change): Promise<void> =>
  changeRange(folder, indexEntriesRange(indexId), change);

/** As `changeEntries`, with the details of SPLIT. */
export const changeDetails = (folder: string, indexId: number, change: Change): Promise<void> =>
  changeRange(folder, indexDetailsRange(indexId), change);

async function changeRange(folder: string, range: KvRange, change: Change): Promise<void> {
  const kv = await openLevelKv(path.join(folder, 'rows'));
  try {
    const entries: KvEntry[] = [];
    for await (const chunk of rangeChunks(kv, range, 1000)) entries.push(...chunk);
    const batch = kv.batch();
    change(entries, batch);
    await kv.write(batch, { sync: true });
  } finally {
    await kv.close();
  }
}

/** The value with `change` made to what follows its checksum, and a checksum that is right. */
export function changedValue([storedKey, value]: KvEntry, change: (body: Buffer) => void): Buffer {
  const changed = Buffer.from(value);
  change(changed.subarray(4));
  return checked(storedKey, changed);
}

/** An entry under another key of the same length, with a checksum that is right. */
export function entryAt(storedKey: Uint8Array, value: Uint8Array): KvEntry {
  return [storedKey, checked(storedKey, Buffer.from(value))];
}

function checked(storedKey: Uint8Array, value: Buffer): Buffer {
  value.writeUInt32LE(crc32c(value, 4, value.length, crc32c(storedKey)), 0);
  return value;
}

/** Changes the content of one data file of a part, hashes included. */
export function changePart(part: string, file: string, change: (content: Buffer) => Buffer): void {
  const files = new Map(readdirSync(part).map((name) => [name, readFileSync(path.join(part, name))]));
  for (const [name, bytes] of withContent(files, file, change)) writeFileSync(path.join(part, name), bytes);
}

/** Folders of parts on disk. */
export function partPaths(folder: string): string[] {
  const names = readdirSync(path.join(folder, 'store'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /^\w+_\d+_\d+_\d+$/.test(path.basename(name)))
    .map((name) => path.join(folder, 'store', name));
}

/** Removes what the shards should hold, as in a store that was written before that was kept. */
export async function forgetSums(folder: string, indexId: number): Promise<void> {
  const kv = await openLevelKv(path.join(folder, 'rows'));
  try {
    const batch = kv.batch();
    for (let shard = 0; shard < 64; shard++) batch.delete(expectedSumKey(indexId, shard));
    await kv.write(batch, { sync: true });
  } finally {
    await kv.close();
  }
}
