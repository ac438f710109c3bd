import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Database, open } from '../src/index.ts';

let folder: string;
let database: Database;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-stale-'));
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

async function openItems(settings: Record<string, number> = {}): Promise<void> {
  database = await open(folder, { settings });
  for (const statement of [
    'CREATE TABLE items (id UInt32, shelf UInt8, price Int32, title Nullable(String)) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 8',
    'CREATE INDEX TABLE items_by_shelf ON items (shelf, price) SHARD BY hash(shelf) INTO 4 LAYOUT KEYS',
    'CREATE INDEX TABLE items_by_price ON items (price) SHARD BY hash(price) INTO 8 LAYOUT COVERING (shelf, title) SETTINGS lanes = 2',
    'CREATE INDEX TABLE items_facts ON items LAYOUT COLUMNAR (shelf, title) SHARD BY hash(price) INTO 2 PARTITION BY shelf ORDER BY (price) SETTINGS lanes = 2, index_granularity = 8',
    'CREATE INDEX TABLE items_split ON items (shelf, lower(title) AS low) SHARD BY hash(shelf) INTO 3 LAYOUT SPLIT (price, title)',
  ]) {
    await database.query(statement);
  }
}

const indexTables = ['items_by_shelf', 'items_by_price', 'items_facts', 'items_split'];

type Write = {
  id: number;
  shelf: number;
  price: number;
  title: string | null;
  kind: 'put' | 'reprice' | 'delete';
};

const writes = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 40 }),
    shelf: fc.integer({ min: 0, max: 3 }),
    price: fc.integer({ min: -5, max: 5 }),
    title: fc.option(fc.constantFrom('', 'a', 'ab', 'b')),
    kind: fc.constantFrom('put' as const, 'put' as const, 'reprice' as const, 'delete' as const),
  }),
  { minLength: 4, maxLength: 24 },
);

async function apply({ kind, ...row }: Write): Promise<void> {
  if (kind === 'put') await database.table('items').put(row);
  else if (kind === 'delete')
    await database.query('DELETE FROM items WHERE id = {id:UInt32}', { parameters: { id: row.id } });
  else
    await database.query('UPDATE items SET price = price + 1, shelf = {s:UInt8} WHERE id = {id:UInt32}', {
      parameters: { id: row.id, s: row.shelf },
    });
}

const through = (path: string, where: string): Promise<unknown[]> =>
  database.query(`SELECT id, shelf, price, title FROM items USE INDEX (${path}) WHERE ${where} ORDER BY id`);

/** Reads until no write came in between, so that both answers are of one read point. */
async function sameAtOneReadPoint(index: string, where: string): Promise<void> {
  for (;;) {
    const before = await through('PRIMARY', where);
    const answer = await through(index, where);
    const after = await through('PRIMARY', where);
    if (JSON.stringify(before) !== JSON.stringify(after)) continue;
    expect(answer, `${index} WHERE ${where}`).toEqual(before);
    return;
  }
}

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

test(
  'with lanes stopped and writers at work, no index table answers otherwise than its row table',
  { timeout: 120_000 },
  async () => {
    await openItems();
    let comparisons = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(writes, { minLength: 2, maxLength: 3 }),
        fc.boolean(),
        async (writers, stopped) => {
          await database.query(`SYSTEM ${stopped ? 'STOP' : 'START'} LANES`);
          const write = async (list: Write[]): Promise<void> => {
            for (const one of list) {
              await apply(one);
              for (const index of indexTables) {
                await sameAtOneReadPoint(index, `shelf = ${one.shelf} AND price >= ${one.price}`);
                comparisons++;
              }
            }
          };
          await Promise.all(writers.map(write));
          for (const index of indexTables) await sameAtOneReadPoint(index, '1');
        },
      ),
      { numRuns: 15, seed },
    );
    console.log(`seed ${seed}: ${comparisons} comparisons`);
    expect(comparisons).toBeGreaterThan(200);
  },
);

test('an acknowledged write is seen at once through an index table whose lanes are stopped', async () => {
  await openItems();
  await database.query('SYSTEM STOP LANES items_by_price');
  await database.table('items').put({ id: 1, shelf: 1, price: 3, title: 'on the shelf' });
  for (let round = 0; round < 50; round++) {
    const price = round % 7;
    await database.table('items').update({ id: 1 }, { price });
    expect(await through('items_by_price', `price = ${price}`)).toHaveLength(1);
    expect(await through('items_by_price', `price = ${(price + 1) % 7}`)).toHaveLength(0);
  }
});

test(
  'with a lane stopped and ten times the tail bound written, everything stays exact and writes go on',
  { timeout: 120_000 },
  async () => {
    const tailMaxChanges = 200;
    await openItems({ tail_max_changes: tailMaxChanges, tail_max_write_delay_ms: 50 });
    await database.query('SYSTEM STOP LANES items_by_price');
    const table = database.table('items');
    for (let id = 0; id < 10 * tailMaxChanges; id++)
      await table.put({ id, shelf: id % 3, price: id % 11, title: `item ${id}` });
    const states = await database.query<{ name: string; state: string }>(
      'SELECT name, state FROM system.index_tables ORDER BY name',
    );
    expect(states).toEqual([
      { name: 'items_by_price', state: 'behind' },
      { name: 'items_by_shelf', state: 'live' },
      { name: 'items_facts', state: 'live' },
      { name: 'items_split', state: 'live' },
    ]);
    const count = 'SELECT toUInt32(count()) AS n FROM items WHERE price = 7';
    const expected = Array.from({ length: 10 * tailMaxChanges }, (_, id) => id).filter(
      (id) => id % 11 === 7,
    ).length;
    expect(await database.query(count)).toEqual([{ n: expected }]);
    await expect(through('items_by_price', 'price = 7')).rejects.toMatchObject({ code: 'INDEX_NOT_USABLE' });
    await database.query('SYSTEM START LANES items_by_price');
    await database.drain();
    expect(await through('items_by_price', 'price = 7')).toEqual(await through('PRIMARY', 'price = 7'));
  },
);
