import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { open } from '../src/index.ts';

const stores = path.join(import.meta.dirname, 'golden', 'stores');

test.each(readdirSync(stores))('a store of %s opens and holds what was written', async (name) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'winnow-format-'));
  try {
    cpSync(path.join(stores, name), folder, { recursive: true });
    const database = await open(folder);
    const expected = [
      { id: 1n, status: 'paid', amount: '12.5', at: '2026-01-02 03:04:05.678', note: null },
      { id: 18446744073709551615n, status: 'new', amount: '0', at: '2026-01-01 00:00:00.000', note: '' },
    ];
    expect(await database.query('SELECT * FROM shop ORDER BY id')).toEqual(expected);
    const byStatus = 'SELECT id, amount FROM shop USE INDEX (shop_by_status) WHERE status = {s:String}';
    expect(await database.query(byStatus, { parameters: { s: 'paid' } })).toEqual([
      { id: 1n, amount: '12.5' },
    ]);
    expect(await database.query('SELECT * FROM shop USE INDEX (shop_by_note) ORDER BY id')).toEqual(expected);
    const indexTables = await database.query<{ name: string }>('SELECT name FROM system.index_tables');
    for (const { name: index } of indexTables) {
      expect(await database.query(`SELECT * FROM shop USE INDEX (${index}) ORDER BY id`)).toEqual(expected);
      expect(await database.query(`CHECK INDEX TABLE ${index}`)).toMatchObject([{ equal: 1 }]);
    }
    if (indexTables.some(({ name: index }) => index === 'shop_moments'))
      await expect(
        database.query("INSERT INTO shop (id, status, at) VALUES (7, 'paid', '2026-01-02 03:04:05.678')"),
      ).rejects.toMatchObject({ code: 'DUPLICATE_KEY' });
    await database.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
