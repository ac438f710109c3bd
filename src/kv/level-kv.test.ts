import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeKvContract } from '../testing/kv-contract.ts';
import type { Kv } from './kv.ts';
import { openLevelKv, shareLevelKv } from './level-kv.ts';

let root: string;
const folders = new WeakMap<Kv, string>();

async function openIn(folder: string): Promise<Kv> {
  const kv = await openLevelKv(folder, { cacheBytes: 1 << 20, writeBufferBytes: 1 << 20 });
  folders.set(kv, folder);
  return kv;
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'winnow-kv-'));
});
afterAll(() => rm(root, { recursive: true }));

describeKvContract({
  name: 'LevelDB',
  open: async () => openIn(await mkdtemp(path.join(root, 'store-'))),
  reopen: async (kv) => {
    await kv.close();
    return openIn(folders.get(kv)!);
  },
});

test('a store that is open cannot be opened again', async () => {
  const folder = path.join(root, 'locked');
  const kv = await openIn(folder);
  await expect(openIn(folder)).rejects.toThrow(expect.objectContaining({ code: 'STORE_LOCKED' }));
  await kv.close();
  await (await openIn(folder)).close();
});

test('a handle of another thread reads and writes the same store, and closes before it', async () => {
  const folder = path.join(root, 'shared');
  const kv = await openIn(folder);
  const shared = await shareLevelKv(kv.sharedPath!);
  const put = async (through: Kv, key: string): Promise<void> => {
    const batch = through.batch();
    batch.put(Buffer.from(key), Buffer.from('value'));
    await through.write(batch, { sync: true });
  };
  await Promise.all([put(kv, 'owner'), put(shared, 'other')]);
  expect(kv.get(Buffer.from('other'))).toBeDefined();
  expect(shared.get(Buffer.from('owner'))).toBeDefined();
  await shared.close();
  await put(kv, 'later');
  await kv.close();
  const again = await openIn(folder);
  for (const key of ['owner', 'other', 'later']) expect(again.get(Buffer.from(key))).toBeDefined();
  await again.close();
});

test('a folder that cannot be made is a typed error', async () => {
  await expect(openIn('/dev/null/store')).rejects.toThrow(
    expect.objectContaining({ code: 'CANNOT_OPEN_FILE' }),
  );
});

test('a store that was closed has nothing left to read again at its next open', async () => {
  const folder = path.join(root, 'flushed');
  const kv = await openIn(folder);
  const batch = kv.batch();
  batch.put(Buffer.from('key'), Buffer.alloc(100_000, 1));
  await kv.write(batch, { sync: true });
  await kv.close();
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  const sizes = await Promise.all(logs.map(async (name) => (await stat(path.join(folder, name))).size));
  expect(sizes).toEqual([0]);
  const again = await openIn(folder);
  expect(again.get(Buffer.from('key'))?.length).toBe(100_000);
  await again.close();
});

test('the size of a range on disk grows with what is written', async () => {
  const kv = await openIn(path.join(root, 'size'));
  const range = { start: Buffer.from([0]), end: Buffer.from([255]) };
  expect(await kv.approximateSizeBytes(range)).toBe(0);
  for (let round = 0; round < 4; round++) {
    const batch = kv.batch();
    // Past the write buffer, so that LevelDB writes a table.
    for (let i = 0; i < 1000; i++) batch.put(Buffer.from(`${round} ${i}`), Buffer.alloc(1000, i * 7919));
    await kv.write(batch, { sync: false });
  }
  expect(await kv.approximateSizeBytes(range)).toBeGreaterThan(0);
  await kv.close();
});
