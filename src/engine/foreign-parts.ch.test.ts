// foreign-parts.ch.test.ts — parts of all kinds that ClickHouse wrote, taken into one table of Winnow: its answers are those
// of ClickHouse, before and after they are merged, and so are those of what Winnow exports.

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ClickHouse } from '../../test/support/chdb-parts.ts';
import type { Database } from './api.ts';
import { exportParts } from './export-parts.ts';
import { importParts } from './import-parts.ts';
import { open } from './open.ts';
import { answerText } from './sql-oracle.test-support.ts';

const ROWS = 900;
const stored =
  'n UInt64, s String, z UInt32, lc LowCardinality(Nullable(String)), a Array(String), k LowCardinality(Int16)';
const rows = `number AS n, concat('text ', toString(n % 40)) AS s, if(n % 50 = 0, n, 0) AS z,
  if(n % 9 = 0, NULL, toString(n % 30)) AS lc, arrayMap(x -> toString(x), range(n % 4)) AS a, n % 7 AS k`;
const kinds = [
  '',
  ', min_bytes_for_wide_part = 0',
  ', write_marks_for_substreams_in_compact_parts = 0, ratio_of_defaults_for_sparse_serialization = 0.1',
  ", min_bytes_for_wide_part = 0, serialization_info_version = 'basic', compress_marks = 0",
];
/** The table has a column more, and one of another type. */
const declared = `n UInt64, s String, z UInt64, lc LowCardinality(Nullable(String)), a Array(String), k LowCardinality(Int16),
  more String DEFAULT concat(s, '/', toString(n % 3))`;
const engine = 'ENGINE = MergeTree ORDER BY n SETTINGS index_granularity = 100';

const questions = [
  'SELECT * FROM t ORDER BY n',
  'SELECT count() FROM t',
  'SELECT count(), min(n), max(n), sum(z) FROM t',
  'SELECT count(), sum(n) FROM t WHERE n BETWEEN 250 AND 1900',
  'SELECT lc, k, count(), sum(z), max(more) FROM t GROUP BY lc, k ORDER BY lc, k',
  "SELECT n, more FROM t WHERE more = 'text 7/1' ORDER BY n",
  "SELECT n FROM t WHERE s = 'text 11' AND z = 0 AND k = 3 ORDER BY n",
  'SELECT length(a) AS l, count() FROM t GROUP BY l ORDER BY l',
  'SELECT n, z FROM t WHERE z > 0 ORDER BY n DESC LIMIT 7',
];

let clickHouse: ClickHouse;
let database: Database;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'winnow-foreign-'));
  database = await open(path.join(folder, 'data'));
  clickHouse = new ClickHouse();
  clickHouse.query('SET allow_suspicious_low_cardinality_types = 1');
  clickHouse.query(`CREATE TABLE d.t (${declared}) ${engine}`);
  clickHouse.query('SYSTEM STOP MERGES d.t');
  await answerText(database, `CREATE TABLE t (${declared}) ${engine}`);
  for (const [i, kind] of kinds.entries()) {
    clickHouse.query(`CREATE TABLE d.k${i} (${stored}) ${engine} ${kind}`);
    clickHouse.query(`INSERT INTO d.k${i} SELECT ${rows} FROM numbers(${i * ROWS}, ${ROWS})`);
    if (i % 2 === 1) clickHouse.query(`DELETE FROM d.k${i} WHERE n % 5 = 0 OR s = 'text 3'`);
    const [part] = await clickHouse.parts(`k${i}`);
    await clickHouse.attach('t', part!);
    await cp(part!, path.join(folder, 'parts', `all_${i + 1}_${i + 1}_0`), { recursive: true });
  }
}, 60_000);

afterAll(async () => {
  clickHouse[Symbol.dispose]();
  await database.close();
  await rm(folder, { recursive: true });
});

const winnow = (sql: string): Promise<string> => answerText(database, sql, 'default', 'TabSeparated');

async function expectSameAnswers(table = 't'): Promise<void> {
  for (const sql of questions) {
    const theirs = clickHouse.query(sql.replace('FROM t', `FROM d.${table}`));
    expect.soft(await winnow(sql).catch(String), sql).toBe(theirs);
  }
}

test('answers over parts of all kinds are those of ClickHouse, before and after they are merged and exported', async () => {
  const taken = await importParts(database, 'default.t', path.join(folder, 'parts'));
  expect(taken).toMatchObject({ parts: kinds.length });
  await expectSameAnswers();
  expect(await winnow('SELECT part_type, rows FROM system.parts WHERE active ORDER BY name')).toBe(
    ['Compact', 'Wide', 'Compact', 'Wide'].map((kind) => `${kind}\t${ROWS}\n`).join(''),
  );
  expect(await winnow('CHECK TABLE t')).toBe([1, 2, 3, 4].map((i) => `all_${i}_${i}_0\t1\t\n`).join(''));

  for (const stage of ['parts as they are', 'one part']) {
    const target = path.join(folder, stage);
    const exported = await exportParts(database, 'default.t', target);
    const table = stage === 'one part' ? 'merged' : 'exported';
    clickHouse.query(`CREATE TABLE d.${table} (${declared}) ${engine}`);
    for (let i = 1; i <= exported.parts; i++)
      await clickHouse.attach(table, path.join(target, 'detached', `all_${i}_${i}_0`));
    await expectSameAnswers(table);
    expect(clickHouse.check(table)).toEqual([]);
    if (stage === 'one part') return expect(exported).toMatchObject({ parts: 1, copied: 1 });
    expect(exported).toMatchObject({ parts: kinds.length, copied: 2 });
    await winnow('OPTIMIZE TABLE t FINAL');
    expect(await winnow('SELECT count(), any(part_type) FROM system.parts WHERE active')).toBe('1\tWide\n');
    await expectSameAnswers();
  }
});

test('parts without a column whose DEFAULT depends on the moment are refused; the same words in a text do not count', async () => {
  const parts = path.join(folder, 'parts');
  for (const [i, sql] of ['now()', 'toString(today())'].entries()) {
    await winnow(
      `CREATE TABLE varying${i} (n UInt64, more String DEFAULT ${sql}) ENGINE = MergeTree ORDER BY n`,
    );
    await expect(importParts(database, `default.varying${i}`, parts)).rejects.toThrow(
      /columns.txt: a part without column more, whose DEFAULT .* depends on the moment, is not supported yet/,
    );
  }
  await winnow(
    "CREATE TABLE words (n UInt64, more String DEFAULT 'it''s now()') ENGINE = MergeTree ORDER BY n",
  );
  await importParts(database, 'default.words', parts);
  expect(await winnow('SELECT DISTINCT more FROM words')).toBe("it\\'s now()\n");
});
