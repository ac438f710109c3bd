// codec.ch.test.ts — CODEC of columns: refused and shown as ClickHouse does, kept, and what it is for in the parts.

import { Session } from 'chdb';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportParts } from './export-parts.ts';
import { open } from './open.ts';
import { answerText } from './sql-oracle.test-support.ts';
import type { Database } from './api.ts';

let path: string;
let database: Database;
let clickHouse: Session;

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-codec-'));
  database = await open(join(path, 'data'));
  clickHouse = new Session();
  clickHouse.query('CREATE DATABASE d');
  await database.query('CREATE DATABASE d');
});

afterAll(async () => {
  clickHouse.cleanup();
  await database.close();
  await rm(path, { recursive: true });
});

const ours = (sql: string): Promise<string> => answerText(database, sql, 'd', 'TabSeparated');
const theirs = (sql: string): string => clickHouse.query(sql, 'TabSeparated');

const types = [
  ...['UInt8', 'Float64', 'Nullable(Float32)', "DateTime64(3, 'UTC')", 'Decimal(9, 2)', 'Int128', 'String'],
  ...['FixedString(4)', 'UUID', 'Array(UInt16)', 'Array(Nullable(Float64))', 'Tuple(UInt8, UInt32)'],
  ...['Tuple(Float32, Int8)', 'Map(UInt8, UInt64)', 'LowCardinality(String)'],
];
const codecs = [
  ...[
    'NONE',
    'LZ4',
    'LZ4()',
    'Default',
    'Delta, LZ4',
    'Delta(4), LZ4',
    'Delta',
    'Delta(), LZ4',
    'DoubleDelta',
  ],
  ...[
    'DoubleDelta(8), LZ4',
    'DoubleDelta, Default',
    'Gorilla',
    'Gorilla, LZ4',
    'Gorilla(2)',
    'T64',
    "T64('bit')",
  ],
  ...[
    "T64('byte'), LZ4",
    'T64, Delta, LZ4',
    'T64, T64',
    'Delta, Delta, LZ4',
    'Delta, Gorilla',
    'Gorilla, Delta, LZ4',
  ],
  ...[
    'DoubleDelta, Gorilla',
    'NONE, LZ4',
    'T64, NONE',
    'NONE, NONE',
    'LZ4, Delta',
    'LZ4, LZ4',
    'Default, LZ4',
  ],
  ...['delta, LZ4', 'Foo', 'Multiple', 'LZ4(3)', 'NONE(1)', 'Default(1)', 'Delta(3), LZ4', "Delta('a'), LZ4"],
  ...[
    'Delta(8.0), LZ4',
    'Delta(1, 2), LZ4',
    "DoubleDelta('a')",
    'DoubleDelta(3)',
    'DoubleDelta(1, 2)',
    'Gorilla(3)',
  ],
  ...['LZ4HC', 'LZ4HC(9)', 'LZ4HC(20)', 'LZ4HC(1, 2)', 'Delta, LZ4HC(12)', 'LZ4HC, Delta', 'LZ4HC, Default'],
  ...['Gorilla(1, 2)', "T64('x')", "T64('Bit')", "T64('bit', 'byte')", '`Delta`, LZ4'],
];

/** What becomes of the statement: the codec as DESCRIBE shows it, or the number of the error. */
async function outcomes(type: string, codec: string): Promise<[ours: string, theirs: string]> {
  const create = `CREATE TABLE d.t (c ${type} CODEC(${codec})) ENGINE = MergeTree ORDER BY tuple()`;
  const codecShown = (described: string): string => described.split('\t')[5]!;
  const mine = await ours(create)
    .then(() => ours('DESCRIBE d.t').then(codecShown))
    .catch((error: { number: number }) => String(error.number));
  if (!/^\d/.test(mine)) await ours('DROP TABLE d.t');
  try {
    clickHouse.query(create);
  } catch (error) {
    return [mine, /Code: (\d+)/.exec(String(error))![1]!];
  }
  const shown = codecShown(theirs('DESCRIBE d.t'));
  clickHouse.query('DROP TABLE d.t SYNC');
  return [mine, shown];
}

test('a codec is taken or refused, and shown, as in ClickHouse', { timeout: 120_000 }, async () => {
  let taken = 0;
  const different: string[] = [];
  for (const type of types) {
    for (const codec of codecs) {
      const [mine, shown] = await outcomes(type, codec);
      if (mine !== shown) different.push(`${type} CODEC(${codec}): ${mine} | ${shown}`);
      if (!/^\d/.test(mine)) taken++;
    }
  }
  expect(different).toEqual([]);
  expect(taken).toBeGreaterThan(100);
});

const columns = `id UInt64 CODEC(Delta, LZ4), at DateTime COMMENT 'when' CODEC(DoubleDelta, LZ4),
  v Nullable(Float64) DEFAULT 1 CODEC(Gorilla), n Array(Int32) CODEC(T64('bit'), Default), s String CODEC(NONE),
  t String CODEC(LZ4HC(9))`;
const rows = `SELECT number, toDateTime('2024-01-01 00:00:00') + number * 60, if(number % 7 = 0, NULL, number / 8),
  [number % 100, -number], toString(number), concat('text ', toString(number % 99)) FROM numbers(3000)`;

test('codecs are kept, shown, used in the parts, merged, and exported', async () => {
  const create = `CREATE TABLE d.m (${columns}) ENGINE = MergeTree ORDER BY id`;
  clickHouse.query(create);
  for (const sql of [
    create,
    `INSERT INTO d.m ${rows}`,
    `INSERT INTO d.m ${rows}`,
    'OPTIMIZE TABLE d.m FINAL',
  ])
    await ours(sql);
  await database.close();
  database = await open(join(path, 'data'));
  expect(await ours('SHOW CREATE TABLE d.m')).toBe(theirs('SHOW CREATE TABLE d.m'));
  const ofColumns =
    "SELECT name, compression_codec FROM system.columns WHERE database = 'd' AND table = 'm' ORDER BY position";
  expect(await ours(ofColumns)).toBe(theirs(ofColumns));

  await exportParts(database, 'd.m', join(path, 'export'));
  expect(await methodsIn(join(path, 'export', 'detached'))).toEqual({
    id: [0x91, 0x92, 0x82],
    at: [0x91, 0x94, 0x82],
    v: [0x95],
    'v.null': [0x02],
    n: [0x91, 0x93, 0x82],
    'n.size0': [0x82],
    s: [0x02],
    t: [0x82],
  });
  clickHouse.query('DROP TABLE d.m SYNC');
  await attach(join(path, 'export'), 'm');
  expect(clickHouse.query('CHECK TABLE d.m')).not.toMatch(/\t0\t/);
  expect(theirs('SELECT * FROM d.m ORDER BY id')).toBe(await ours('SELECT * FROM d.m ORDER BY id'));
  expect(theirs('SELECT count() FROM d.m')).toBe('6000\n');
  clickHouse.query('OPTIMIZE TABLE d.m FINAL');
  expect(theirs('SELECT * FROM d.m ORDER BY id')).toBe(await ours('SELECT * FROM d.m ORDER BY id'));
});

test('columns of a columnar index table have codecs, those of a row table have none', async () => {
  const base = 'CREATE TABLE d.base (id UInt64, v Float64, t UInt32%) ENGINE = RowTable PRIMARY KEY id';
  await expect(ours(base.replace('%', ' CODEC(T64)'))).rejects.toMatchObject({ code: 'NOT_IMPLEMENTED' });
  await ours(base.replace('%', ''));
  await ours(
    `CREATE INDEX TABLE d.facts ON d.base LAYOUT COLUMNAR (v CODEC(Gorilla, LZ4), t + 1 AS u CODEC(T64), id CODEC(Delta, LZ4))
     UNSHARDED ORDER BY t`,
  );
  await ours('INSERT INTO d.base SELECT number, number / 4, number % 50 FROM numbers(2000)');
  await database.drain();
  const shown = await ours('SHOW CREATE INDEX TABLE d.facts');
  expect(shown).toContain(
    'LAYOUT COLUMNAR (v CODEC(Gorilla(8), LZ4), t + 1 AS u CODEC(T64), id CODEC(Delta(8), LZ4))',
  );
  expect(await ours('DESCRIBE d.facts')).toMatch(/\tGorilla\(8\), LZ4\t/);
  await exportParts(database, 'd.facts', join(path, 'facts'));
  expect(await methodsIn(join(path, 'facts', 'detached'))).toEqual({
    v: [0x91, 0x95, 0x82],
    t: [0x82],
    u: [0x93],
    id: [0x91, 0x92, 0x82],
  });
  await attach(join(path, 'facts'), 'facts');
  expect(theirs('SELECT id, v, u FROM d.facts ORDER BY id')).toBe(
    await ours('SELECT id, v, t + 1 FROM d.base ORDER BY id'),
  );
});

/** Per stream, how its first block is compressed; several in a row are named behind 0x91. */
async function methodsIn(detached: string): Promise<Record<string, number[]>> {
  const [part] = await readdir(detached);
  const methods: Record<string, number[]> = {};
  for (const name of await readdir(join(detached, part!))) {
    if (!name.endsWith('.bin')) continue;
    const bytes = await readFile(join(detached, part!, name));
    methods[name.slice(0, -4)] =
      bytes[16] === 0x91 ? [0x91, ...bytes.subarray(26, 26 + bytes[25]!)] : [bytes[16]!];
  }
  return methods;
}

/** As create.sql says. */
async function attach(folder: string, name: string): Promise<void> {
  const script = (await readFile(join(folder, 'create.sql'), 'utf8')).replace(/^--.*\n/gm, '');
  const [database_, create, ...attaching] = script.split(';\n').filter((text) => text.trim() !== '');
  clickHouse.query(database_!);
  clickHouse.query(create!);
  const paths = `SELECT data_paths[1] FROM system.tables WHERE database = 'd' AND name = '${name}'`;
  await cp(join(folder, 'detached'), `${theirs(paths).trim()}detached`, { recursive: true });
  for (const sql of attaching) clickHouse.query(sql);
}
