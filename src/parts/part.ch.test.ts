// Parts against ClickHouse, both ways: it attaches, checks and merges what we write, and we read what it writes.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import {
  allTypes,
  codedNumberTypes,
  compositeTypes,
  lowCardinalityTypes,
  simpleAggregateTypes,
} from '../../test/support/random-columns.ts';
import {
  files,
  inFolder,
  linesOf,
  nestedColumn,
  nestedTypes,
  randomBlock,
  readLines,
  schemaOf,
  writePart,
} from '../../test/support/parts.ts';
import { Arena } from '../kernels/arena.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { typeName } from '../types/data-type.ts';
import { columnOf } from '../types/value.ts';
import { Part } from './part.ts';
import type { PartSchema } from './schema.ts';
import { sortBlock } from './sort-block.ts';
import { verifyPart } from './verify-part.ts';

const types = [
  ...allTypes,
  ...lowCardinalityTypes,
  ...codedNumberTypes,
  ...compositeTypes,
  ...simpleAggregateTypes,
].map((type) => typeName(type));

/** Per data file of a column, the size and hash of its content. */
const contentsOf = ({ checksums }: Part, column: string): [string, number, string][] =>
  [...checksums].flatMap(([name, { decompressed }]): [string, number, string][] =>
    decompressed && name.startsWith(column)
      ? [[name, decompressed.sizeBytes, Buffer.from(decompressed.hash).toString('hex')]]
      : [],
  );

describe('a column of every type', () => {
  const rowCount = 1000;
  const named = Object.fromEntries(types.map((type, i) => [`v${i}_`, type]));
  const schema = schemaOf({ n: 'UInt64', ...named }, { orderBy: ['n'], granularity: 100 });
  const numbers = columnOf(
    { kind: 'UInt64' },
    Array.from({ length: rowCount }, (_, n) => n),
  );
  const block: Block = { rowCount, columns: [numbers, ...randomBlock(schema, rowCount, 3).columns.slice(1)] };
  let clickHouse: ClickHouse;
  let folder: string;
  let ours: Part;
  let theirs: Part;
  let merged: Part;

  beforeAll(async () => {
    clickHouse = new ClickHouse();
    folder = await mkdtemp(path.join(tmpdir(), 'winnow-types-'));
    clickHouse.createTable('ours', schema);
    clickHouse.createTable('theirs', schema);
    clickHouse.createTable('merged', schema);
    ours = await writePart(`${folder}/all_1_1_0`, schema, [block]);
    for (const table of ['ours', 'merged', 'merged']) await clickHouse.attach(table, ours.folder);
    clickHouse.query('INSERT INTO d.theirs SELECT * FROM d.ours ORDER BY n SETTINGS max_threads = 1');
    clickHouse.query('SYSTEM START MERGES d.merged');
    clickHouse.query('OPTIMIZE TABLE d.merged FINAL');
    const partOf = async (table: string): Promise<Part> =>
      Part.open(files, (await clickHouse.parts(table))[0]!, schema);
    theirs = await partOf('theirs');
    merged = await partOf('merged');
  });
  afterAll(async () => {
    clickHouse[Symbol.dispose]();
    await rm(folder, { recursive: true });
  });

  test.each(Object.entries(named))(
    '%s %s is read as written, in both directions, from the same bytes',
    async (name, type) => {
      const alone = schemaOf({ [name]: type });
      const column = schema.columns.findIndex((each) => each.name === name);
      const expected = linesOf({ rowCount, columns: [block.columns[column]!] }, alone);
      expect(await clickHouse.lines(`SELECT ${name} FROM d.ours ORDER BY n`)).toEqual(expected);
      for (const granules of [1, 10]) expect(readLines(theirs, alone, granules)).toEqual(expected);
      expect(readLines(merged, alone)).toEqual(expected.flatMap((line) => [line, line]));
      expect(contentsOf(ours, name)).toEqual(contentsOf(theirs, name));
    },
  );

  test('passes CHECK TABLE, and theirs passes our verifier', async () => {
    expect(clickHouse.check('ours')).toEqual([]);
    expect(await verifyPart(files, theirs.folder, schema)).toEqual([]);
    expect(await verifyPart(files, merged.folder, schema)).toEqual([]);
  });
});

test('arrays of one Nested share the stream of their sizes, as in ClickHouse', async () => {
  using clickHouse = new ClickHouse();
  const rowCount = 2000;
  const schema = schemaOf({ n: 'UInt64', ...nestedTypes }, { orderBy: ['n'], granularity: 100 });
  const columns = schema.columns.map(({ name, type }, i) =>
    i > 0
      ? nestedColumn(name, rowCount)
      : columnOf(
          type,
          Array.from({ length: rowCount }, (_, n) => n),
        ),
  );
  const block: Block = { rowCount, columns };
  const expected = linesOf(block, schema);
  for (const table of ['ours', 'theirs', 'merged']) clickHouse.createTable(table, schema);
  await inFolder(async (folder) => {
    const ours = await writePart(`${folder}/all_1_1_0`, schema, [block]);
    for (const table of ['ours', 'merged', 'merged']) await clickHouse.attach(table, ours.folder);
    expect(clickHouse.check('ours')).toEqual([]);
    expect(await clickHouse.lines('SELECT * FROM d.ours ORDER BY n')).toEqual(expected);
    clickHouse.query('INSERT INTO d.theirs SELECT * FROM d.ours ORDER BY n SETTINGS max_threads = 1');
    clickHouse.query('SYSTEM START MERGES d.merged');
    clickHouse.query('OPTIMIZE TABLE d.merged FINAL');
    const [theirs, merged] = await Promise.all(
      ['theirs', 'merged'].map(async (table) =>
        Part.open(files, (await clickHouse.parts(table))[0]!, schema),
      ),
    );
    expect(contentsOf(ours, 'kids').map(([file]) => file)).toContain('kids.size0.bin');
    expect(contentsOf(ours, 'kids')).toEqual(contentsOf(theirs!, 'kids'));
    for (const granules of [1, 7]) expect(readLines(theirs!, schema, granules)).toEqual(expected);
    expect(readLines(merged!, schema)).toEqual(expected.flatMap((line) => [line, line]));
    expect(await verifyPart(files, ours.folder, schema)).toEqual([]);
  });
});

test('arrays of one Nested that differ in length are refused, and so is what shares their stream otherwise', async () => {
  await inFolder(async (folder) => {
    const write = (types: Readonly<Record<string, string>>, ...values: unknown[][]): Promise<Part> => {
      const schema = schemaOf(types);
      const columns = schema.columns.map(({ type }, i) => columnOf(type, values[i] as never));
      return writePart(`${folder}/all_1_1_0`, schema, [{ rowCount: values[0]!.length, columns }]);
    };
    const arrays = { 'n.a': 'Array(UInt8)', 'n.b': 'Array(UInt8)' };
    await expect(write(arrays, [[1], [2, 3]], [[1, 2], [3]])).rejects.toMatchObject({
      code: 'SIZES_OF_ARRAYS_DONT_MATCH',
    });
    await expect(write({ 'n.a': 'Array(UInt8)', 'n.m': 'Map(String, UInt8)' }, [[1]], [{}])).rejects.toThrow(
      /n\.size0/,
    );
  });
});

/** Rows that make dictionaries overflow and blocks end within values. */
function large(rowCount: number): { schema: PartSchema; block: Block } {
  const schema = schemaOf(
    {
      n: 'UInt64',
      few: 'LowCardinality(String)',
      many: 'LowCardinality(String)',
      all: 'LowCardinality(Nullable(String))',
      lists: 'Array(LowCardinality(String))',
      long: 'String',
      bits: 'UInt8',
      fixed: 'FixedString(250)',
    },
    { orderBy: ['n'] },
  );
  const numbers = Array.from({ length: rowCount }, (_, n) => n);
  const values: readonly (readonly unknown[])[] = [
    numbers,
    numbers.map((n) => `few ${n % 100}`),
    numbers.map((n) => `many ${(n * 7) % 9000}`),
    numbers.map((n) => (n % 10 === 0 ? null : `all ${n}`)),
    numbers.map((n) => (n % 3 === 0 ? [] : [`list ${n % 11_000}`, `list ${n % 7}`])),
    numbers.map((n) => (n % 1000 === 0 ? 'long '.repeat(60_000 + n) : `short ${n}`)),
    numbers.map((n) => n % 2),
    numbers.map((n) => `${n}`.padEnd(250, 'x')),
  ];
  const columns = schema.columns.map(({ type }, i) => columnOf(type, values[i] as never));
  return { schema, block: { rowCount, columns } };
}

test('dictionaries that overflow, granules of few rows and values across blocks are read in both directions', async () => {
  using clickHouse = new ClickHouse();
  const { schema, block } = large(40_000);
  const expected = linesOf(block, schema);
  clickHouse.createTable('ours', schema);
  clickHouse.createTable('theirs', schema);
  await inFolder(async (folder) => {
    const blocks = [sliceBlock(block, 0, 20_000), sliceBlock(block, 20_000, 40_000)];
    const ours = await writePart(`${folder}/all_1_1_0`, schema, blocks);
    for (const granules of [1, 3, 8]) expect(readLines(ours, schema, granules)).toEqual(expected);
    await clickHouse.attach('ours', ours.folder);
    expect(await clickHouse.lines('SELECT * FROM d.ours ORDER BY n')).toEqual(expected);
    expect(await clickHouse.lines('SELECT * FROM d.ours WHERE n >= 17000 AND n < 17100 ORDER BY n')).toEqual(
      expected.slice(17_000, 17_100),
    );
    expect(clickHouse.check('ours')).toEqual([]);

    // Several blocks of their own sizes, so that pieces of granules meet.
    clickHouse.query(
      `INSERT INTO d.theirs SELECT * FROM d.ours ORDER BY n SETTINGS max_threads = 1, max_block_size = 5000,
       min_insert_block_size_rows = 30000, min_insert_block_size_bytes = 0`,
    );
    clickHouse.query('SYSTEM START MERGES d.theirs');
    clickHouse.query('OPTIMIZE TABLE d.theirs FINAL');
    const [theirFolder] = await clickHouse.parts('theirs');
    const theirs = await Part.open(files, theirFolder!, schema);
    for (const granules of [1, 3, 8]) expect(readLines(theirs, schema, granules)).toEqual(expected);
  });
});

test('partitions, their bounds and the primary index narrow what ClickHouse reads, and lose no row', async () => {
  using clickHouse = new ClickHouse();
  const schema = schemaOf(
    { d: 'Date', at: "DateTime64(3, 'UTC')", k: 'Int32', s: 'Nullable(String)' },
    { orderBy: ['k', 's'], partitionBy: '(toYYYYMM(d), toHour(at))', granularity: 128 },
  );
  const random = randomBlock(schema, 2000, 9);
  const columns = [
    columnOf(
      schema.columns[0]!.type,
      Array.from({ length: 2000 }, (_, n) => `2024-03-${String(1 + (n % 31)).padStart(2, '0')}`),
    ),
    columnOf(
      schema.columns[1]!.type,
      Array.from({ length: 2000 }, (_, n) => `2024-01-01 07:${String(n % 60).padStart(2, '0')}:00.500`),
    ),
    ...random.columns.slice(2),
  ];
  clickHouse.createTable('t', schema);
  const arena = new Arena();
  const block = sortBlock({ rowCount: 2000, columns }, schema.sortingKey, arena);
  await inFolder(async (folder) => {
    const part = await writePart(`${folder}/202403-7_1_1_0`, schema, [block]);
    await clickHouse.attach('t', part.folder);
    expect(
      clickHouse.query('SELECT partition, partition_id, rows FROM system.parts WHERE active').trim(),
    ).toBe('(202403,7)\t202403-7\t2000');
    const lines = linesOf(block, schema);
    const keys = [...new Set(lines.map((line) => line.split('\t')[2]!))];
    for (const key of keys.slice(0, 20)) {
      const found = Number(clickHouse.query(`SELECT count() FROM d.t WHERE k = ${key}`));
      expect(found).toBe(lines.filter((line) => line.split('\t')[2] === key).length);
    }
    const days = [
      ['2024-02-29', 0],
      ['2024-03-31', 2000],
    ] as const;
    for (const [day, count] of days)
      expect(Number(clickHouse.query(`SELECT count() FROM d.t WHERE d <= '${day}' AND NOT ignore(s)`))).toBe(
        count,
      );
    expect(
      Number(
        clickHouse.query("SELECT count() FROM d.t WHERE at >= '2024-01-01 07:59:00.500' AND NOT ignore(s)"),
      ),
    ).toBe(33);
    expect(clickHouse.check('t')).toEqual([]);
  });
  arena.release();
});
