// The official client against a server with a real store.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client';
import { ClickHouseLogLevel, createClient, TupleParam } from '@clickhouse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../engine/api.ts';
import { open } from '../engine/open.ts';
import type { RunningServer } from './server.ts';
import { startServer } from './server.ts';

let folder: string;
let database: Database;
let server: RunningServer;
let client: ClickHouseClient;

const options = () => ({ url: server.url, log: { level: ClickHouseLogLevel.OFF } });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'winnow-client-'));
  database = await open(folder);
  server = await startServer(database, { port: 0 });
  client = createClient(options());
  await client.command({
    query: `CREATE TABLE orders (id UInt64, buyer String, amount Decimal(12, 2), note Nullable(String))
            ENGINE = RowTable PRIMARY KEY (id)`,
  });
  await client.insert({
    table: 'orders',
    format: 'JSONEachRow',
    values: [
      { id: '1', buyer: 'ann', amount: '10.50', note: null },
      { id: '18446744073709551615', buyer: 'bob', amount: '0.01', note: 'tab\there' },
    ],
  });
});

afterAll(async () => {
  await client.close();
  await server.close();
  await database.close();
  await rm(folder, { recursive: true });
});

const select = 'SELECT id, buyer, amount, note FROM orders WHERE id IN (1, 18446744073709551615) ORDER BY id';

test('ping answers by path and by SELECT', async () => {
  expect(await client.ping()).toEqual({ success: true });
  expect(await client.ping({ select: true })).toEqual({ success: true });
});

test('JSON has meta, data and row count', async () => {
  const answer = await (
    await client.query({ query: select, format: 'JSON' })
  ).json<Record<string, unknown>>();
  expect(answer.meta).toEqual([
    { name: 'id', type: 'UInt64' },
    { name: 'buyer', type: 'String' },
    { name: 'amount', type: 'Decimal(12, 2)' },
    { name: 'note', type: 'Nullable(String)' },
  ]);
  expect(answer.rows).toBe(2);
  expect(answer.data[0]).toMatchObject({ buyer: 'ann', amount: 10.5, note: null });
});

test('JSONCompact, JSONEachRow and TabSeparatedWithNamesAndTypes hold the same rows', async () => {
  const quoted = { output_format_json_quote_64bit_integers: 1 } as const;
  const compact = await client.query({ query: select, format: 'JSONCompact', clickhouse_settings: quoted });
  expect((await compact.json<unknown[]>()).data).toEqual([
    ['1', 'ann', 10.5, null],
    ['18446744073709551615', 'bob', 0.01, 'tab\there'],
  ]);
  const lines = await client.query({ query: select, format: 'JSONEachRow', clickhouse_settings: quoted });
  const rows: unknown[] = [];
  for await (const piece of lines.stream<{ id: string }>()) for (const row of piece) rows.push(row.json());
  expect(rows).toEqual([
    { id: '1', buyer: 'ann', amount: 10.5, note: null },
    { id: '18446744073709551615', buyer: 'bob', amount: 0.01, note: 'tab\there' },
  ]);
  const tabbed = await client.query({ query: select, format: 'TabSeparatedWithNamesAndTypes' });
  expect(await tabbed.text()).toBe(
    'id\tbuyer\tamount\tnote\nUInt64\tString\tDecimal(12, 2)\tNullable(String)\n' +
      '1\tann\t10.5\t\\N\n18446744073709551615\tbob\t0.01\ttab\\there\n',
  );
});

test('rows arrive from object streams, from text streams and compressed', async () => {
  await client.command({
    query: 'CREATE TABLE items (id UInt32, name String) ENGINE = RowTable PRIMARY KEY (id)',
  });
  const objects = Readable.from(
    Array.from({ length: 1000 }, (_, id) => ({ id, name: `n${id}` })),
    { objectMode: true },
  );
  await client.insert({ table: 'items', format: 'JSONEachRow', values: objects });
  const lines = Readable.from(['1000\ta\n10', '01\tb\\tc\n'], { objectMode: false });
  const { summary } = await client.insert({ table: 'items', format: 'TabSeparated', values: lines });
  expect(summary?.written_rows).toBe('2');
  const packed = createClient({ ...options(), compression: { request: true, response: true } });
  await packed.insert({
    table: 'items',
    columns: ['name', 'id'],
    format: 'JSONCompactEachRow',
    values: [['d', 1002]],
  });
  const answer = await packed.query({
    query: 'SELECT count(), max(id) FROM items',
    format: 'JSONCompactEachRow',
  });
  expect(await answer.json()).toEqual([[1003, 1002]]);
  expect(answer.response_headers['content-encoding']).toBe('gzip');
  const all = await packed.query({ query: 'SELECT id FROM items ORDER BY id', format: 'JSONEachRow' });
  expect(await all.json()).toHaveLength(1003);
  await packed.close();
});

test('one bad row keeps nothing of its batch', async () => {
  await client.command({ query: 'CREATE TABLE strict (id UInt32) ENGINE = RowTable PRIMARY KEY (id)' });
  const values = [{ id: 1 }, { id: 'two' }, { id: 3 }];
  await expect(client.insert({ table: 'strict', format: 'JSONEachRow', values })).rejects.toMatchObject({
    code: expect.stringMatching(/^\d+$/),
  });
  const answer = await client.query({ query: 'SELECT count() AS n FROM strict', format: 'JSONEachRow' });
  expect(await answer.json()).toEqual([{ n: 0 }]);
});

test('parameters are bound as text of their type', async () => {
  const answer = await client.query({
    query: 'SELECT {n:UInt8} AS n, {s:String} AS s, {x:Nullable(String)} AS x',
    query_params: { n: 42, s: "it's\ta \\ tab\n", x: null },
    format: 'JSONEachRow',
  });
  expect(await answer.json()).toEqual([{ n: 42, s: "it's\ta \\ tab\n", x: null }]);
});

test('errors have the number, name and text of ClickHouse', async () => {
  const query = async (text: string): Promise<unknown> =>
    (await client.query({ query: text, format: 'JSON' })).json();
  await expect(query('SELECT * FROM absent')).rejects.toMatchObject({ code: '60', type: 'UNKNOWN_TABLE' });
  await expect(query('SELEC 1')).rejects.toMatchObject({ code: '62', type: 'SYNTAX_ERROR' });
  await expect(query('SELECT absent FROM orders')).rejects.toMatchObject({
    code: '47',
    type: 'UNKNOWN_IDENTIFIER',
  });
  await expect(
    client.command({ query: 'SELECT 1', clickhouse_settings: { no_such: 1 } as ClickHouseSettings }),
  ).rejects.toMatchObject({
    code: '115',
    type: 'UNKNOWN_SETTING',
  });
});

test('USE and SET hold within a session and nowhere else', async () => {
  await client.command({ query: 'CREATE DATABASE other' });
  await client.command({ query: 'CREATE TABLE other.here (id UInt8) ENGINE = RowTable PRIMARY KEY (id)' });
  const session = createClient({ ...options(), session_id: 'mine', max_open_connections: 1 });
  await session.command({ query: 'USE other' });
  await session.command({ query: 'SET output_format_json_quote_64bit_integers = 1' });
  const count = { query: 'SELECT count() AS n FROM here', format: 'JSONEachRow' } as const;
  expect(await (await session.query(count)).json()).toEqual([{ n: '0' }]);
  await expect(client.query(count)).rejects.toMatchObject({ code: '60' });
  await session.close();
});

test('exec gives the raw answer in the format the statement names', async () => {
  const { stream, query_id } = await client.exec({
    query: 'SELECT 1 AS a, 2 AS b FORMAT CSVWithNames',
    query_id: 'exec-1',
  });
  expect(query_id).toBe('exec-1');
  expect(Buffer.concat(await stream.toArray()).toString()).toBe('"a","b"\n1,2\n');
});

test('GET reads and does not write', async () => {
  const get = (query: string): Promise<Response> =>
    fetch(`${server.url}/?query=${encodeURIComponent(query)}`);
  expect(await (await get('SELECT 1 + 1')).text()).toBe('2\n');
  const refused = await get("INSERT INTO orders VALUES (5, 'eve', 1, NULL)");
  expect(refused.headers.get('x-clickhouse-exception-code')).toBe('164');
  expect(await refused.text()).toContain('(READONLY)');
});

test('an answer read from tables says how fresh it is', async () => {
  const { response_headers } = await client.query({ query: 'SELECT count() FROM orders', format: 'JSON' });
  expect(JSON.parse(String(response_headers['x-winnow-freshness']))).toMatchObject({
    level: 'strong',
    age_ms: 0,
  });
  expect(Number(response_headers['x-winnow-position'])).toBeGreaterThan(0);
});

test('arrays, tuples and maps go in and out as JavaScript has them, also as parameters', async () => {
  await client.command({
    query: `CREATE TABLE nested (id UInt8, a Array(Nullable(String)), t Tuple(x Int32, s String), m Map(String, Array(UInt8)),
            l LowCardinality(String)) ENGINE = RowTable PRIMARY KEY id`,
  });
  const row = { id: 1, a: ['x', null, "it's\t\\"], t: { x: -5, s: 'q' }, m: { k: [1, 2], '': [] }, l: 'low' };
  await client.insert({ table: 'nested', format: 'JSONEachRow', values: [row] });
  const answer = await client.query({ query: 'SELECT * FROM nested', format: 'JSONEachRow' });
  expect(await answer.json()).toEqual([row]);
  const found = await client.query({
    query: `SELECT id, {a:Array(Nullable(String))} AS a, {m:Map(String, Array(UInt8))}['k'] AS k FROM nested
            WHERE a = {a:Array(Nullable(String))} AND t = {t:Tuple(Int32, String)} AND l IN {l:Array(String)}`,
    format: 'JSONEachRow',
    query_params: { a: row.a, m: row.m, t: new TupleParam([-5, 'q']), l: ['other', 'low'] },
  });
  expect(await found.json()).toEqual([{ id: 1, a: row.a, k: [1, 2] }]);
});

test('a transaction lives in its session: seen there at once, elsewhere after COMMIT', async () => {
  await client.command({
    query: 'CREATE TABLE accounts (id UInt8, amount Int32) ENGINE = RowTable PRIMARY KEY id',
  });
  await client.command({ query: 'INSERT INTO accounts VALUES (1, 100), (2, 0)' });
  const session = createClient({ ...options(), session_id: 'transfer', max_open_connections: 1 });
  const amounts = async (by: typeof client): Promise<unknown> => {
    const query = 'SELECT amount FROM accounts ORDER BY id';
    return (await (await by.query({ query, format: 'JSONCompact' })).json<[number]>()).data.flat();
  };
  await expect(client.command({ query: 'BEGIN' })).rejects.toMatchObject({ type: 'INVALID_TRANSACTION' });
  await session.command({ query: 'BEGIN' });
  await session.insert({ table: 'accounts', values: [{ id: 1, amount: 40 }], format: 'JSONEachRow' });
  await session.command({ query: 'UPDATE accounts SET amount = amount + 60 WHERE id = 2' });
  expect(await amounts(session)).toEqual([40, 60]);
  expect(await amounts(client)).toEqual([100, 0]);
  await session.command({ query: 'COMMIT' });
  expect(await amounts(client)).toEqual([40, 60]);

  await session.command({ query: 'BEGIN' });
  await session.command({ query: 'UPDATE accounts SET amount = 1 WHERE id = 1' });
  await client.command({ query: 'UPDATE accounts SET amount = 2 WHERE id = 1' });
  await expect(session.command({ query: 'COMMIT' })).rejects.toMatchObject({ type: 'SERIALIZATION_ERROR' });
  await expect(session.command({ query: 'COMMIT' })).rejects.toMatchObject({ type: 'INVALID_TRANSACTION' });
  expect(await amounts(session)).toEqual([2, 60]);
  await session.close();
});

test('a session that times out takes its transaction with it', async () => {
  const send = (query: string): Promise<Response> =>
    fetch(`${server.url}/?session_id=short&session_timeout=1`, { method: 'POST', body: query });
  const openTransactions = async (): Promise<string> =>
    /winnow_open_transactions \d+/.exec(await (await fetch(`${server.url}/metrics`)).text())![0];
  expect((await send('BEGIN')).status).toBe(200);
  expect(await openTransactions()).toBe('winnow_open_transactions 1');
  await expect.poll(openTransactions, { timeout: 10_000 }).toBe('winnow_open_transactions 0');
  expect(await (await send('COMMIT')).text()).toContain('there is no transaction to commit');
});
