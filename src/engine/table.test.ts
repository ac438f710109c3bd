import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { open } from './open.ts';
import type { Row } from '../rows/row-table.ts';
import type { Database, Table } from './api.ts';

let path: string;
let database: Database;
let orders: Table;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-table-'));
  database = await open(path);
  await database.query('CREATE DATABASE shop');
  await database.query(`CREATE TABLE shop.orders (
    shop_id UInt8, id UInt64, status String DEFAULT 'new', amount Decimal(12, 2), stock Int8, weight Nullable(Float64)
  ) ENGINE = RowTable PRIMARY KEY (shop_id, id) SHARD BY hash(shop_id, id) INTO 4`);
  orders = database.table('shop.orders');
});

afterEach(async () => {
  await database.close();
  await rm(path, { recursive: true });
});

async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const collected: Row[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}

const key = (id: number): { shop_id: number; id: bigint } => ({ shop_id: 1, id: BigInt(id) });

test('a row that was put is got, with the defaults of columns that were not named', async () => {
  await orders.put({ ...key(1), amount: '12.50' });
  expect(await orders.get(key(1))).toEqual({
    ...key(1),
    status: 'new',
    amount: '12.5',
    stock: 0,
    weight: null,
  });
  expect(await orders.get(key(2))).toBeUndefined();
  expect(await orders.getMany([key(2), key(1)])).toEqual([
    undefined,
    expect.objectContaining({ status: 'new' }),
  ]);
});

test('rows that name different columns are written together, each with its own defaults', async () => {
  const { sequence } = await orders.putMany([
    { ...key(1), stock: 5 },
    { ...key(2), status: 'paid' },
    { ...key(3), stock: undefined },
  ]);
  expect(sequence).toBeGreaterThan(0);
  const rows = await collect(orders.range());
  expect(rows.map(({ id, status, stock }) => [id, status, stock])).toEqual([
    [1n, 'new', 5],
    [2n, 'paid', 0],
    [3n, 'new', 0],
  ]);
});

test('a range follows the primary key over all shards, half-open, forwards and backwards', async () => {
  await orders.putMany(Array.from({ length: 50 }, (_, i) => ({ shop_id: i % 2, id: BigInt(i) })));
  const ids = async (options: Parameters<typeof orders.range>[0]): Promise<unknown[]> =>
    (await collect(orders.range(options))).map(({ id }) => id);
  expect(await ids({ start: key(11), end: key(17) })).toEqual([11n, 13n, 15n]);
  expect(await ids({ start: { shop_id: 1 }, limit: 2 })).toEqual([1n, 3n]);
  expect(await ids({ end: { shop_id: 1 }, reverse: true, limit: 2 })).toEqual([48n, 46n]);
  await expect(collect(orders.range({ start: { id: 1n } }))).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
});

test('a condition that does not hold keeps the row as it is', async () => {
  await orders.put(key(1), { exists: false });
  await expect(orders.put({ ...key(1), stock: 9 }, { exists: false })).rejects.toMatchObject({
    code: 'CONDITION_FAILED',
    number: 10_009,
  });
  await expect(orders.update(key(1), { stock: 9 }, { equals: { status: 'paid' } })).rejects.toMatchObject({
    code: 'CONDITION_FAILED',
    message: expect.stringContaining('status is new'),
  });
  await orders.update(key(1), { stock: 3 }, { equals: { status: 'new', weight: null } });
  await expect(orders.delete(key(1), { equals: { stock: 0 } })).rejects.toMatchObject({
    code: 'CONDITION_FAILED',
  });
  expect(await orders.get(key(1))).toMatchObject({ stock: 3 });
  await orders.delete(key(1), { equals: { stock: 3 } });
  expect(await orders.get(key(1))).toBeUndefined();
  await expect(orders.delete(key(1), { exists: true })).rejects.toMatchObject({ code: 'CONDITION_FAILED' });
  await orders.delete(key(1));
});

test('increments done at the same time are all there', async () => {
  await orders.put(key(1));
  await Promise.all(
    Array.from({ length: 20 }, () => orders.increment(key(1), { stock: 2, amount: 1, weight: 0.5 })),
  );
  expect(await orders.get(key(1))).toMatchObject({ stock: 40, amount: '20', weight: 10 });
  expect(await orders.increment(key(1), { stock: -50 })).toEqual({ stock: -10 });
});

test('an increment past the type changes nothing', async () => {
  await orders.put({ ...key(1), stock: 127, amount: '9999999999.99' });
  await expect(orders.increment(key(1), { stock: 1 })).rejects.toMatchObject({
    code: 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE',
  });
  await expect(orders.increment(key(1), { amount: 1 })).rejects.toMatchObject({ code: 'DECIMAL_OVERFLOW' });
  await expect(orders.increment(key(1), { status: 1 })).rejects.toMatchObject({
    code: 'ILLEGAL_TYPE_OF_ARGUMENT',
  });
  await expect(orders.increment(key(2), { stock: 1 })).rejects.toMatchObject({ code: 'CONDITION_FAILED' });
  expect(await orders.get(key(1))).toMatchObject({ stock: 127, amount: '9999999999.99' });
});

test('a mistake in names or keys is named', async () => {
  await expect(orders.put({ ...key(1), statsu: 'x' })).rejects.toMatchObject({
    code: 'NO_SUCH_COLUMN_IN_TABLE',
    hint: 'Maybe you meant status?',
  });
  await expect(orders.put({ id: 1n })).rejects.toMatchObject({
    code: 'BAD_ARGUMENTS',
    message: expect.stringContaining('shop_id'),
  });
  await expect(orders.update(key(1), { id: 2n })).rejects.toMatchObject({ code: 'CANNOT_UPDATE_COLUMN' });
  await expect(database.table('shop.order').get(key(1))).rejects.toMatchObject({
    code: 'UNKNOWN_TABLE',
    number: 60,
    message: 'Table shop.order does not exist',
    hint: 'Maybe you meant shop.orders?',
  });
});

test('a table that is dropped and made again is found under its name', async () => {
  await orders.put(key(1));
  await database.query('DROP TABLE shop.orders');
  await expect(orders.get(key(1))).rejects.toMatchObject({ code: 'UNKNOWN_TABLE' });
  await database.query(
    'CREATE TABLE shop.orders (shop_id UInt8, id UInt64) ENGINE = RowTable PRIMARY KEY (shop_id, id)',
  );
  expect(await orders.get(key(1))).toBeUndefined();
  await orders.put(key(1));
  expect(await orders.get(key(1))).toEqual(key(1));
});
