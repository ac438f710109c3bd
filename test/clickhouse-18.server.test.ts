// Parts of fixed granules, both ways with the ClickHouse server of 2018 that Debian has: it attaches, reads and merges what
// Winnow writes, and Winnow reads what it writes by default.

import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOutput } from '../src/formats/output.ts';
import { type Database, open } from '../src/index.ts';
import { ClickHouseServer } from './support/clickhouse-server.ts';

/** Of which nine tenths are of one partition: more than a granule. */
const ROWS = 10_000;

const columns = [
  ['day', 'Date'],
  ['id', 'UInt64'],
  ['at', 'DateTime'],
  ['small', 'Int8'],
  ['price', 'Decimal(18, 4)'],
  ['share', 'Float64'],
  ['half', 'Float32'],
  ['name', 'String'],
  ['code', 'FixedString(4)'],
  ['note', 'Nullable(String)'],
  ['count', 'Nullable(Int32)'],
  ['state', "Enum8('new' = 1, 'paid' = 2)"],
  ['key', 'UUID'],
  ['tags', 'Array(String)'],
  ['lists', 'Array(Array(UInt16))'],
  ['pair', 'Tuple(UInt8, String)'],
] as const;

function line(n: number): string {
  const text = (value: number): string => String(value).padStart(2, '0');
  return [
    `2024-${n % 10 === 0 ? '02' : '01'}-${text(1 + (n % 28))}`,
    (n * 7919) % 10_007,
    `2024-01-01 ${text(n % 24)}:${text(n % 60)}:07`,
    (n % 256) - 128,
    // Trailing zeros are printed by the server only.
    `${n % 1000}.${1001 + 2 * (n % 500)}`,
    n / 4,
    n % 512,
    `name of ${n}`,
    `c${n % 1000}`.padEnd(4, '.'),
    n % 3 === 0 ? '\\N' : `note ${n % 17}`,
    n % 5 === 0 ? '\\N' : n,
    n % 2 === 0 ? 'new' : 'paid',
    `61f0c404-5cb3-11e7-907b-${String(n).padStart(12, '0')}`,
    `[${Array.from({ length: n % 4 }, (_, i) => `'tag ${n + i}'`).join(',')}]`,
    n % 3 === 0 ? '[]' : `[[${n % 100}],[],[1,2,${n % 65_536}]]`,
    `(${n % 200},'pair ${n}')`,
  ].join('\t');
}

const linesFrom = (first: number): string =>
  Array.from({ length: ROWS }, (_, i) => `${line(first + i)}\n`).join('');

let folder: string;
let server: ClickHouseServer;
let database: Database;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winnow-server-'));
  server = await ClickHouseServer.start(folder);
  database = await open(path.join(folder, 'winnow'));
  const list = columns.map((column) => column.join(' ')).join(', ');
  const engine = 'ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (id, name)';
  for (const table of ['ours', 'theirs']) {
    await server.query(`CREATE TABLE ${table} (${list}) ${engine}`);
    await database.query(`CREATE TABLE ${table} (${list}) ${engine} SETTINGS index_granularity_bytes = 0`);
  }
  await database.query('INSERT INTO ours FORMAT TabSeparated', { data: Buffer.from(linesFrom(0)) });
  await server.query(`INSERT INTO theirs FORMAT TabSeparated\n${linesFrom(0)}`);
});

afterAll(async () => {
  await database.close();
  await server?.stop();
  await rm(folder, { recursive: true });
});

async function ask(sql: string): Promise<string> {
  const { columns: answered, blocks } = await database.execute(sql);
  const output = createOutput('TabSeparated', answered, { quote64BitIntegers: false, quoteDenormals: false });
  const texts: string[] = [];
  for await (const block of blocks) texts.push(String(output.block(block)));
  return texts.join('');
}

async function folderOfOurs(table: string): Promise<string> {
  const [part] = await database.query<{ path: string }>(
    `SELECT path FROM system.parts WHERE table = '${table}' LIMIT 1`,
  );
  return path.dirname(part!.path);
}

const queries = (table: string): string[] => [
  `SELECT * FROM ${table} ORDER BY id, name`,
  `SELECT count(), sum(price), min(at), max(name) FROM ${table} WHERE id >= 5000 AND id < 5050`,
  `SELECT count() FROM ${table} WHERE day < '2024-01-15' AND has(tags, 'tag 9')`,
];

async function expectSameAnswers(table: string): Promise<void> {
  for (const query of queries(table)) {
    const [ours, theirs] = [await ask(query), await server.query(query)].map((text) => text.split('\n'));
    expect(ours!.length).toBeGreaterThan(1);
    expect(ours!.find((text, i) => text !== theirs![i])).toBeUndefined();
    expect(ours!.length).toBe(theirs!.length);
  }
}

test('the server attaches the parts of a table without adaptive granules, answers alike and merges them with its own', async () => {
  const parts = await database.query<{ name: string; path: string }>(
    "SELECT name, path FROM system.parts WHERE table = 'ours' ORDER BY name",
  );
  expect(parts.map(({ name }) => name)).toEqual(['202401_2_2_0', '202402_1_1_0']);
  for (const part of parts) {
    await cp(part.path, `${server.tableFolder('ours')}/detached/${part.name}`, { recursive: true });
    await server.query(`ALTER TABLE ours ATTACH PART '${part.name}'`);
  }
  await expectSameAnswers('ours');

  await server.query(`INSERT INTO ours FORMAT TabSeparated\n${linesFrom(ROWS)}`);
  for (const partition of [202401, 202402])
    await server.query(`OPTIMIZE TABLE ours PARTITION ${partition} FINAL`);
  const merged = await server.query("SELECT count() FROM system.parts WHERE table = 'ours' AND active");
  expect(merged).toBe('2\n');
  await database.query('INSERT INTO ours FORMAT TabSeparated', { data: Buffer.from(linesFrom(ROWS)) });
  await expectSameAnswers('ours');
});

test('Winnow reads the parts that the server writes by default, and merges them with its own', async () => {
  await database.query('INSERT INTO theirs FORMAT TabSeparated', { data: Buffer.from(linesFrom(ROWS)) });
  await server.query(`INSERT INTO theirs FORMAT TabSeparated\n${linesFrom(ROWS)}`);
  const from = server.tableFolder('theirs');
  const to = await folderOfOurs('theirs');
  // The first two; of the rows in the others, Winnow has written its own.
  for (const name of (await readdir(from)).filter((entry) => /^20240[12]_[12]_[12]_0$/.test(entry))) {
    await cp(`${from}/${name}`, `${to}/detached/${name}`, { recursive: true });
    await database.query(`ALTER TABLE theirs ATTACH PART '${name}'`);
  }
  await expectSameAnswers('theirs');
  await database.query('OPTIMIZE TABLE theirs');
  await expectSameAnswers('theirs');
  const check = 'CHECK TABLE theirs SETTINGS check_query_single_value_result = 1';
  expect(await ask(check)).toBe('1\n');
});
