import { mkdtemp, readFile, rm, writeFile, mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { announceUrl, open } from './open.ts';

let path: string;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-open-'));
});

afterEach(async () => {
  await rm(path, { recursive: true });
});

test('a store opens again with what was written', async () => {
  const first = await open(path);
  await first.query('CREATE TABLE t (id UInt64, s String) ENGINE = RowTable PRIMARY KEY id');
  await first.query("INSERT INTO t VALUES (1, 'one')");
  await first.close();
  await using second = await open(path);
  expect(await second.query('SELECT * FROM t')).toEqual([{ id: 1n, s: 'one' }]);
  expect((await readdir(path)).sort()).toEqual(['LOCK', 'rows', 'tmp', 'winnow.json']);
});

test('a store that is open cannot be opened again, and the error names the process and its URL', async () => {
  await using database = await open(path);
  await expect(open(path)).rejects.toMatchObject({
    code: 'STORE_LOCKED',
    message: expect.stringContaining(`pid ${process.pid}`),
  });
  await announceUrl(database, 'http://127.0.0.1:8123');
  await expect(open(path)).rejects.toMatchObject({
    code: 'STORE_LOCKED',
    message: expect.stringContaining('http://127.0.0.1:8123'),
  });
});

test('a store that is closed can be opened, and closing twice is closing once', async () => {
  const database = await open(path);
  await Promise.all([database.close(), database.close()]);
  await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'STORE_CLOSED' });
  expect(database.notReady()).toEqual(['the store is closed']);
  await using again = await open(path);
  expect(again.notReady()).toEqual([]);
});

test('a store of a newer format is refused, and not a byte of its folder changes', async () => {
  const file = '{"storeId":"x","formatVersion":1001,"oldestReader":1000}';
  await writeFile(join(path, 'winnow.json'), file);
  await expect(open(path)).rejects.toMatchObject({
    code: 'STORE_FORMAT_TOO_NEW',
    detail: expect.stringContaining('format 1000'),
  });
  expect(await readdir(path)).toEqual(['winnow.json']);
  expect(await readFile(join(path, 'winnow.json'), 'utf8')).toBe(file);
});

test('rows without winnow.json are not taken for a new store', async () => {
  await mkdir(join(path, 'rows'));
  await writeFile(join(path, 'rows', 'CURRENT'), '');
  await expect(open(path)).rejects.toMatchObject({ code: 'CANNOT_OPEN_FILE' });
  await writeFile(join(path, 'winnow.json'), '{"storeId":');
  await expect(open(path)).rejects.toMatchObject({
    code: 'CANNOT_OPEN_FILE',
    message: expect.stringContaining('not JSON'),
  });
});

test('a wrong setting is refused before the folder is made', async () => {
  const missing = join(path, 'none');
  await expect(open(missing, { settings: { tail_max_change: 5 } })).rejects.toMatchObject({
    code: 'UNKNOWN_SETTING',
    hint: "Maybe you meant 'tail_max_changes'",
  });
  expect(await readdir(path)).toEqual([]);
});
