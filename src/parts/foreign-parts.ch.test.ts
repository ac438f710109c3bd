// Parts that ClickHouse has changed since it wrote them, and parts of several kinds in one table: Winnow reads them, merges
// them to its own form, and ClickHouse attaches that.

import { cp, readdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import { files, inFolder, readLines, schemaOf } from '../../test/support/parts.ts';
import { bindStored } from '../catalog/stored-expression.ts';
import { nodePorts } from '../io/node-ports.ts';
import { parseExpression } from '../sql/parser.ts';
import { PartExport } from './part-export.ts';
import { PartFolder } from './part-folder.ts';
import { formatPartName } from './part-name.ts';
import { Part } from './part.ts';
import { ReaderCache } from './reader-cache.ts';
import type { ColumnDefault, PartSchema } from './schema.ts';
import { verifyPart } from './verify-part.ts';

const schema = schemaOf(
  { n: 'UInt64', s: 'String', z: 'UInt32', lc: 'LowCardinality(Nullable(String))', a: 'Array(String)' },
  { orderBy: ['n'], granularity: 100 },
);
const rows = `number AS n, concat('text ', toString(n % 40)) AS s, if(n % 50 = 0, n, 0) AS z,
  if(n % 9 = 0, NULL, toString(n % 30)) AS lc, arrayMap(x -> toString(x), range(n % 4)) AS a`;

const settings = 'index_granularity = 100, old_parts_lifetime = 1000';

function createTable(clickHouse: ClickHouse, name: string, more = '', columns = ''): void {
  clickHouse.query(
    `CREATE TABLE d.${name} (n UInt64, s String, z UInt32, lc LowCardinality(Nullable(String)), a Array(String) ${columns})
     ENGINE = MergeTree ORDER BY n SETTINGS ${settings} ${more}`,
  );
}

const insert = (clickHouse: ClickHouse, table: string, from: number, count: number): string =>
  clickHouse.query(`INSERT INTO d.${table} SELECT ${rows} FROM numbers(${from}, ${count})`);

const linesOfTable = (clickHouse: ClickHouse, table: string): Promise<string[]> =>
  clickHouse.lines(`SELECT n, s, z, lc, a FROM d.${table} ORDER BY n`);

/** The lines of rows that are not deleted. */
const liveLines = (part: Part): string[] =>
  readLines(part, schema).filter((_, row) => !part.deletedRows.has(row));

const goesOn = (): Promise<boolean> => nodePorts.timers.yield().then(() => true);

/** Copies parts to a folder under other block numbers, opens it as a table and merges them all to one part. */
async function merged(folder: string, sources: readonly string[], of: PartSchema): Promise<Part | undefined> {
  for (const [i, source] of sources.entries())
    await cp(source, `${folder}/all_${i + 1}_${i + 1}_0`, { recursive: true });
  const readers = new ReaderCache(files);
  const table = await PartFolder.open(nodePorts, folder, of, readers);
  expect(table.parts.map(({ name }) => formatPartName(name))).toEqual(
    sources.map((_, i) => `all_${i + 1}_${i + 1}_0`),
  );
  expect(await table.merge(table.parts, goesOn)).toBe(true);
  await table.close();
  readers.close();
  return table.parts[0];
}

test('rows that a lightweight DELETE marked are not there, and a merge leaves them out', async () => {
  using clickHouse = new ClickHouse();
  for (const [table, kind] of [
    ['wide', ', min_bytes_for_wide_part = 0'],
    ['compact', ''],
    ['sparse', ', min_bytes_for_wide_part = 0, ratio_of_defaults_for_sparse_serialization = 0.1'],
  ] as const) {
    createTable(clickHouse, table, kind);
    insert(clickHouse, table, 0, 1000);
    clickHouse.query(`DELETE FROM d.${table} WHERE n % 7 = 0 OR n BETWEEN 250 AND 520`);
    const [folder] = await clickHouse.parts(table);
    const part = await Part.open(files, folder!, schema);
    const expected = await linesOfTable(clickHouse, table);
    expect(part.columns.map(({ name }) => name)).toContain('_row_exists');
    expect([part.rowCount, part.rowCount - part.deletedRows.count]).toEqual([1000, expected.length]);
    expect(liveLines(part)).toEqual(expected);
    expect(await verifyPart(files, folder!, schema)).toEqual([]);
    await inFolder(async (target) => {
      const part = await merged(target, [folder!], schema);
      expect(part?.columns.map(({ name }) => name)).toEqual(['n', 's', 'z', 'lc', 'a']);
      expect(readLines(part!, schema)).toEqual(expected);
    });
  }
});

test('a part without live rows, and one without rows, leave nothing behind', async () => {
  using clickHouse = new ClickHouse();
  createTable(clickHouse, 't', ', min_bytes_for_wide_part = 0');
  insert(clickHouse, 't', 0, 300);
  clickHouse.query('DELETE FROM d.t WHERE 1');
  const [deleted] = await clickHouse.parts('t');
  await inFolder(async (folder) => expect(await merged(folder, [deleted!], schema)).toBeUndefined());
  createTable(clickHouse, 'empty', ', min_bytes_for_wide_part = 0');
  createTable(clickHouse, 'emptyCompact');
  for (const table of ['empty', 'emptyCompact']) {
    insert(clickHouse, table, 0, 300);
    clickHouse.query(`ALTER TABLE d.${table} DELETE WHERE 1 SETTINGS mutations_sync = 2`);
    const [folder] = await clickHouse.parts(table);
    const part = await Part.open(files, folder!, schema);
    expect([part.rowCount, part.granuleRows.length, readLines(part, schema)]).toEqual([0, 0, []]);
    expect(await verifyPart(files, folder!, schema)).toEqual([]);
    await inFolder(async (target) => expect(await merged(target, [folder!], schema)).toBeUndefined());
  }
});

test('projections are passed over, checked, and not copied', async () => {
  using clickHouse = new ClickHouse();
  const projections =
    ', PROJECTION byText (SELECT * ORDER BY s), PROJECTION sums (SELECT s, sum(z) GROUP BY s)';
  for (const [table, kind] of [
    ['wide', ', min_bytes_for_wide_part = 0'],
    ['compact', ''],
  ] as const) {
    createTable(clickHouse, table, kind, projections);
    insert(clickHouse, table, 0, 1000);
    const [folder] = await clickHouse.parts(table);
    const part = await Part.open(files, folder!, schema);
    const expected = await linesOfTable(clickHouse, table);
    expect(part.hasProjections).toBe(true);
    expect(readLines(part, schema)).toEqual(expected);
    expect(await verifyPart(files, folder!, schema)).toEqual([]);
    await inFolder(async (target) => {
      const readers = new ReaderCache(files);
      const exported = new PartExport(nodePorts, readers, target, schema);
      await exported.rewrite(part, part.deletedRows);
      expect((await readdir(`${target}/all_1_1_0`)).filter((name) => name.endsWith('.proj'))).toEqual([]);
      readers.close();

      await cp(folder!, `${target}/all_2_2_0`, { recursive: true });
      const damaged = `${target}/all_2_2_0/sums.proj`;
      await writeFile(`${damaged}/count.txt`, '41');
      expect((await verifyPart(files, `${target}/all_2_2_0`, schema)).map(String)).toEqual([
        `CorruptionError: damaged data in ${damaged}/count.txt: expected the hash in checksums.txt, found another`,
      ]);
      await cp(`${folder}/byText.proj`, damaged, { recursive: true });
      const problems = await verifyPart(files, `${target}/all_2_2_0`, schema);
      expect(problems.join()).toContain(`${damaged}/checksums.txt: expected what the part says of it`);
    });
  }
});

test('columns that a part has in another type, in another order or not at all are those that ClickHouse reads', async () => {
  using clickHouse = new ClickHouse();
  const before = `n UInt64, u UInt32, s String, gone Array(String), d Date, lc LowCardinality(String), f Nullable(Float32)`;
  const after = [
    ['lc', 'String'],
    ['n', 'UInt64'],
    ['extra', 'UInt16', 'n * 3 + 1'],
    ['f', 'Nullable(Float64)'],
    ['u', 'Int64'],
    ['s', 'LowCardinality(Nullable(String))'],
    ['d', "DateTime('UTC')"],
    ['list', 'Array(String)'],
    ['e', "Enum8('b' = 2, 'a' = 1)"],
    ['text', 'LowCardinality(String)', "concat(lc, '-', toString(extra))"],
    ['none', 'Nullable(UUID)'],
    ['long', 'String', "repeat('x', u % 5)"],
  ] as const;
  const columns = Object.fromEntries(after.map(([name, type]) => [name, type]));
  const named = schemaOf(columns, { orderBy: ['n'], granularity: 100 });
  const defaults = new Map<string, ColumnDefault>();
  after.forEach(([name, , sql], position) => {
    if (sql === undefined) return;
    const expression = bindStored(parseExpression(sql), named.columns.slice(0, position));
    defaults.set(name, { sql, expression });
  });
  const ofTable = { ...named, defaults };
  const kinds = ['', ', min_bytes_for_wide_part = 0', ', write_marks_for_substreams_in_compact_parts = 0'];
  for (const [i, kind] of kinds.entries()) {
    clickHouse.query(
      `CREATE TABLE d.old${i} (${before}) ENGINE = MergeTree ORDER BY n SETTINGS ${settings} ${kind}`,
    );
    clickHouse.query(
      `INSERT INTO d.old${i} SELECT number, number * 11, if(number % 3 = 0, '', toString(number)), ['a'], toDate('2020-01-01') + number % 90,
       toString(number % 10), if(number % 4 = 0, NULL, number / 8) FROM numbers(450)`,
    );
    const declared = after.map(([name, type, sql]) => `${name} ${type} ${sql ? `DEFAULT ${sql}` : ''}`);
    clickHouse.query(
      `CREATE TABLE d.new${i} (${declared.join(', ')}) ENGINE = MergeTree ORDER BY n SETTINGS ${settings} ${kind}`,
    );
    const [folder] = await clickHouse.parts(`old${i}`);
    await clickHouse.attach(`new${i}`, folder!);
    const expected = await clickHouse.lines(`SELECT * FROM d.new${i} ORDER BY n`);
    const part = await Part.open(files, folder!, ofTable);
    for (const granules of [1, 3, 5]) expect(readLines(part, ofTable, granules)).toEqual(expected);
    expect(await verifyPart(files, folder!, ofTable)).toEqual([]);
    await inFolder(async (target) => {
      const part = await merged(target, [folder!], ofTable);
      expect(part?.columns).toEqual(named.columns);
      expect(readLines(part!, ofTable)).toEqual(expected);
    });
  }
});

test('columns that cannot be made of what a part has are refused by name', async () => {
  using clickHouse = new ClickHouse();
  clickHouse.query(
    `CREATE TABLE d.t (n UInt64, s String, a Array(UInt8), dec Decimal(9, 2)) ENGINE = MergeTree ORDER BY n SETTINGS ${settings}`,
  );
  clickHouse.query("INSERT INTO d.t SELECT number, concat('s', toString(number)), [1], 1.5 FROM numbers(10)");
  const [folder] = await clickHouse.parts('t');
  const open = (columns: Record<string, string>, orderBy: string[]): Promise<Part> =>
    Part.open(files, folder!, schemaOf(columns, { orderBy }));
  const file = `${folder}/columns.txt`;
  await expect(open({ k: 'UInt64', n: 'UInt64' }, ['k'])).rejects.toThrow(
    `${file}: expected column k of type UInt64, found none`,
  );
  await expect(open({ n: 'Int64' }, ['n'])).rejects.toThrow(
    `${file}: expected column n of type Int64, found UInt64`,
  );
  await expect(open({ n: 'UInt64', a: 'UInt8' }, ['n'])).rejects.toThrow(
    `${file}: column a of type Array(UInt8), which is UInt8 in the table, is not supported yet`,
  );
  await expect(open({ n: 'UInt64', dec: 'Decimal(9, 3)' }, ['n'])).rejects.toThrow(
    `${file}: expected column dec of type Decimal(9, 3), found Decimal(9, 2)`,
  );
  const varying = {
    ...schemaOf({ n: 'UInt64', at: 'DateTime' }, { orderBy: ['n'] }),
    defaults: new Map([['at', { sql: 'now()', expression: undefined }]]),
  };
  await expect(Part.open(files, folder!, varying)).rejects.toThrow(
    `${file}: a part without column at, whose DEFAULT now() depends on the moment, is not supported yet`,
  );
  const part = await open({ n: 'UInt64', s: 'UInt32' }, ['n']);
  expect(() => readLines(part, schemaOf({ s: 'UInt32' }))).toThrow(`column s of ${folder}: `);
});

test('parts of all kinds are merged into one of Winnow, which ClickHouse attaches', async () => {
  using clickHouse = new ClickHouse();
  const kinds = [
    '',
    ', min_bytes_for_wide_part = 0',
    ', write_marks_for_substreams_in_compact_parts = 0',
    ', min_bytes_for_wide_part = 0, index_granularity_bytes = 0, compress_marks = 0',
    ", min_bytes_for_wide_part = 0, serialization_info_version = 'basic', string_serialization_version = 'single_stream'",
  ];
  const folders: string[] = [];
  const expected: string[] = [];
  for (const [i, kind] of kinds.entries()) {
    createTable(clickHouse, `t${i}`, kind);
    insert(clickHouse, `t${i}`, 450 * i, 450);
    if (i === 1) clickHouse.query('DELETE FROM d.t1 WHERE n % 3 = 0');
    folders.push(...(await clickHouse.parts(`t${i}`)));
    expected.push(...(await linesOfTable(clickHouse, `t${i}`)));
  }
  await inFolder(async (folder) => {
    const part = await merged(folder, folders, schema);
    expect(readLines(part!, schema)).toEqual(expected);
    clickHouse.createTable('merged', schema);
    await clickHouse.attach('merged', part!.folder);
    expect(await linesOfTable(clickHouse, 'merged')).toEqual(expected);
    expect(clickHouse.check('merged')).toEqual([]);
  });
});
