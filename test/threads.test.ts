// Queries on several threads, in the built program: a worker reads no TypeScript.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, BUILD_TIMEOUT_MS, nodeArgs, root } from './support/built-program.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'winnow-threads-'));

beforeAll(build, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

const queries = [
  'SELECT count(), sum(v), min(v), max(v), avg(v) FROM t',
  'SELECT text, count(), sum(v), uniqExact(v % 1000) FROM t GROUP BY text ORDER BY text',
  'SELECT code, text, count() AS c FROM t WHERE v % 3 = 1 GROUP BY code, text ORDER BY c DESC, code, text LIMIT 5',
  'SELECT id, v, text FROM t ORDER BY v DESC, id LIMIT 7',
  "SELECT id FROM t WHERE code = 'c7' AND v > 500 ORDER BY v, id LIMIT 9 OFFSET 3",
  'SELECT count(), max(text) FROM t WHERE v > 5000',
  "SELECT text, count(), sum(v) FROM t WHERE code IN ('c1', 'c5') AND v != 77 GROUP BY text ORDER BY text",
];

/** Runs `body` with a table of 600,000 rows in three parts; answers with what it prints, as JSON. */
function inProgram(body: string): unknown {
  const store = path.join(folder, 'store');
  rmSync(store, { recursive: true, force: true });
  const program = `
    import { open } from './dist/src/index.js';
    const database = await open(${JSON.stringify(store)});
    await database.query('CREATE TABLE t (id UInt32, v Int32, text String, code LowCardinality(String), INDEX by_code code TYPE bitmap) ENGINE = MergeTree ORDER BY id');
    for (const from of [0, 200000, 400000])
      await database.query("INSERT INTO t SELECT number, number * 7919 % 1009, concat('text ', toString(number % 37)), concat('c', toString(number % 11)) FROM numbers(" + from + ', 200000)');
    const jobs = () => Number(/^winnow_worker_jobs_total (\\d+)$/m.exec(database.metrics())[1]);
    const ask = (sql, threads) => database.query(sql + ' SETTINGS max_threads = ' + threads);
    /** The first query on two threads starts the worker; later ones find it ready. */
    const startWorker = async () => {
      while (jobs() === 0) await ask('SELECT sum(v) FROM t', 2);
    };
    const print = (value) => console.log(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)));
    ${body}
    await database.close();
  `;
  const { stdout, stderr } = spawnSync(process.execPath, nodeArgs(program), {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

test('two threads answer as one does, with workers at work', { timeout: 90_000 }, () => {
  const answers = inProgram(`
    await startWorker();
    const before = jobs();
    const all = [];
    for (const sql of ${JSON.stringify(queries)}) {
      const one = await ask(sql, 1);
      for (let round = 0; round < 3; round++) all.push([sql, one, await ask(sql, 2)]);
    }
    print({ all, jobs: jobs() - before });
  `) as { all: [sql: string, one: unknown[], two: unknown[]][]; jobs: number };
  expect(answers.all).toHaveLength(3 * queries.length);
  for (const [sql, one, two] of answers.all) {
    expect(one.length, sql).toBeGreaterThan(0);
    expect(two, sql).toEqual(one);
  }
  expect(answers.jobs).toBeGreaterThanOrEqual(queries.length);
});

test(
  'damage that a worker meets is an error that names the file, and ends the query on all threads',
  { timeout: 90_000 },
  () => {
    const errors = inProgram(`
    const { readdirSync, readFileSync, writeFileSync } = await import('node:fs');
    await startWorker();
    const names = readdirSync(${JSON.stringify(folder)}, { recursive: true, encoding: 'utf8' });
    for (const name of names.filter((each) => each.endsWith('/code.bin'))) {
      const file = ${JSON.stringify(`${folder}/`)} + name;
      const bytes = readFileSync(file);
      for (let i = 20; i < bytes.length; i += 50) bytes[i] ^= 0xff;
      writeFileSync(file, bytes);
    }
    const errors = [];
    for (let round = 0; round < 4; round++)
      await ask('SELECT code, count() FROM t GROUP BY code', 2).catch((error) => errors.push([error.code, error.message]));
    print([...errors, await ask('SELECT count() FROM t WHERE v >= 0', 2)]);
  `) as [code: string, message: string][];
    expect(errors.slice(0, 4).map(([code]) => code)).toEqual(new Array(4).fill('CHECKSUM_DOESNT_MATCH'));
    for (const [, message] of errors.slice(0, 4)) expect(message).toMatch(/damaged data in .*code\.bin/);
    expect(errors[4]).toEqual([{ 'count()': '600000' }]);
  },
);
