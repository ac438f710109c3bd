// An inventory: 64 buyers take the same 1000 items by conditional updates and never oversell, while loose queries by price, shelf and
// category run through one index table, and each answer is the row table's at the same read point.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRandom, type Random } from '../src/base/random.ts';
import { open, WinnowError, type Database, type Session } from '../src/index.ts';

const ITEMS = 1000;
const BUYERS = 64;
const ATTEMPTS = 25;
const INITIAL_STOCK = 2;
const categories = ['book', 'toy', 'tool', 'tea'];

const schema = [
  `CREATE TABLE items (sku UInt32, category String, shelf UInt8, price Int32, stock Int32) ENGINE = RowTable
   PRIMARY KEY (sku) SHARD BY hash(sku) INTO 8`,
  `CREATE INDEX TABLE items_search ON items LAYOUT COLUMNAR (category, shelf, stock)
   SHARD BY hash(price) INTO 2 ORDER BY (price) SETTINGS index_granularity = 64`,
  `INSERT INTO items SELECT number, ['book', 'toy', 'tool', 'tea'][number % 4 + 1], number % 5, number * 7 % 400, ${INITIAL_STOCK}
   FROM numbers(${ITEMS})`,
];

/** Few items are popular, so that they are sold out soon. */
const drawSku = (random: Random): number => Math.floor((random.int(10_000) / 10_000) ** 2 * ITEMS);

/** One unit by SQL; false when there is none. */
async function buyBySql(database: Database, sku: number): Promise<boolean> {
  const update = 'UPDATE items SET stock = stock - 1 WHERE sku = {sku:UInt32} AND stock > 0';
  const { summary } = await database.execute(update, { parameters: { sku } });
  return summary.writtenRows === 1;
}

/** One unit by the typed API: the stock must still be what was read. */
async function buyTyped(database: Database, sku: number): Promise<boolean> {
  const items = database.table('items');
  for (;;) {
    const stock = (await items.get({ sku }))!['stock'] as number;
    if (stock === 0) return false;
    try {
      await items.update({ sku }, { stock: stock - 1 }, { equals: { stock } });
      return true;
    } catch (error) {
      if (!(error instanceof WinnowError) || error.code !== 'CONDITION_FAILED') throw error;
    }
  }
}

function drawCondition(random: Random): string {
  const low = random.int(380);
  const all = [
    `price BETWEEN ${low} AND ${low + 20}`,
    `shelf = ${random.int(5)}`,
    `category = '${random.pick(categories)}'`,
    'stock > 0',
  ];
  const some = all.filter(() => random.chance(0.6));
  return some.length === 0 ? all[0]! : some.join(' AND ');
}

type Counts = { sold: number; refused: number; queries: number; overlaid: number };

/** The same question through the index table and the row table, in one transaction: at one read point. */
async function askTwice(transaction: Session, random: Random, counts: Counts): Promise<void> {
  const where = drawCondition(random);
  const query = (hint: string): string =>
    `SELECT category, shelf, price, stock, sku FROM items ${hint} WHERE ${where} ORDER BY price, sku`;
  const { blocks, freshness } = await transaction.execute(`SELECT count() FROM items WHERE ${where}`);
  for await (const _ of blocks) continue;
  expect(freshness(), where).toMatchObject({ level: 'strong', accessPath: 'default.items_search' });
  counts.overlaid += freshness()!.tailRowsOverlaid;
  const answer = await transaction.query(query('USE INDEX (items_search)'));
  expect(answer, where).toEqual(await transaction.query(query('USE INDEX (PRIMARY)')));
  counts.queries++;
}

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

test('64 buyers never oversell, and loose queries are right meanwhile', { timeout: 120_000 }, async () => {
  const path = await mkdtemp(join(tmpdir(), 'winnow-inventory-'));
  const database = await open(path);
  const random = createRandom(seed);
  const counts: Counts = { sold: 0, refused: 0, queries: 0, overlaid: 0 };
  const soldOf = new Array<number>(ITEMS).fill(0);
  try {
    for (const statement of schema) await database.query(statement);
    await database.drain();
    let buying = BUYERS;
    const buyer = async (i: number): Promise<void> => {
      const draws = random.fork();
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const sku = drawSku(draws);
        const bought = await (i % 2 === 0 ? buyBySql(database, sku) : buyTyped(database, sku));
        if (bought) soldOf[sku]!++;
        counts[bought ? 'sold' : 'refused']++;
      }
      buying--;
    };
    // Prices and shelves change as well: entries move between the shards of the index table.
    const clerk = async (): Promise<void> => {
      const draws = random.fork();
      while (buying > 0) {
        const [price, shelf] = [draws.int(400), draws.int(5)];
        await database.query(
          `UPDATE items SET price = ${price}, shelf = ${shelf} WHERE sku = ${draws.int(ITEMS)}`,
        );
        if (draws.chance(0.1))
          await database.query(`SYSTEM ${draws.pick(['STOP', 'START'])} LANES items_search`);
      }
    };
    const searcher = async (): Promise<void> => {
      const draws = random.fork();
      for (let round = 0; round < 5 || buying > 0; round++)
        await database.transaction((transaction) => askTwice(transaction, draws, counts));
    };
    await Promise.all([
      ...Array.from({ length: BUYERS }, (_, i) => buyer(i)),
      clerk(),
      searcher(),
      searcher(),
      searcher(),
      searcher(),
    ]);

    const left = await database.query<{ sku: number; stock: number }>(
      'SELECT sku, stock FROM items ORDER BY sku',
    );
    expect(left).toEqual(soldOf.map((sold, sku) => ({ sku, stock: INITIAL_STOCK - sold })));
    expect(Math.min(...left.map(({ stock }) => stock))).toBe(0);
    console.log(`seed ${seed}: ${JSON.stringify(counts)}`);
    expect(Math.min(counts.sold, counts.refused)).toBeGreaterThan(100);
    expect(Math.min(counts.queries, counts.overlaid)).toBeGreaterThan(0);
  } finally {
    await database.close();
    await rm(path, { recursive: true });
  }
});
