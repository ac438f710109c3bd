// The command as users start it: built, in a process of its own.

import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changedValue, changeEntries } from '../../test/support/drift.ts';

const root = new URL('../../', import.meta.url).pathname;
let built: string;
let folder: string;

beforeAll(async () => {
  // Inside the package, so that the command finds its dependencies and its version.
  await mkdir(join(root, '.winnow-cache'), { recursive: true });
  built = await mkdtemp(join(root, '.winnow-cache/cli-test-'));
  const compilerOptions = { noEmit: false, declaration: false, noCheck: true, rootDir: root, outDir: built };
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions,
    include: [join(root, 'src/cli/main.ts')],
  };
  await writeFile(join(built, 'tsconfig.json'), JSON.stringify(config));
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', built], {
    stdio: 'inherit',
  });
  folder = await mkdtemp(join(tmpdir(), 'winnow-cli-'));
}, 60_000);

afterAll(async () => {
  await rm(built, { recursive: true });
  await rm(folder, { recursive: true });
});

type Outcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  const { NO_COLOR: _no, FORCE_COLOR: _force, ...inherited } = process.env;
  return spawn(process.execPath, [join(built, 'src/cli/main.js'), ...args], {
    env: { ...inherited, ...env },
  });
}

async function run(
  args: readonly string[],
  options: { stdin?: string; env?: Record<string, string> } = {},
): Promise<Outcome> {
  const child = start(args, options.env);
  child.stdin?.end(options.stdin ?? '');
  const [stdout, stderr] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

const sql = (query: string, ...more: string[]): Promise<Outcome> =>
  run(['sql', query, '--data', join(folder, 'data'), ...more]);

test('help begins with examples, and a mistyped verb exits with 2', async () => {
  const help = await run(['--help']);
  expect(help).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Examples:\n {2}winnow serve/) });
  expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  const mistyped = await run(['serv']);
  expect(mistyped).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('Did you mean serve?'),
  });
  expect((await run(['serve', '--port', 'many'])).code).toBe(2);
});

test('error explains a number and a name', async () => {
  const byNumber = await run(['error', '60']);
  expect(byNumber.stdout).toMatch(/^60 UNKNOWN_TABLE\n/);
  expect(await run(['error', 'unknown_table'])).toEqual(byNumber);
  expect((await run(['error', '99999'])).code).toBe(2);
});

test('answers go to stdout as TabSeparated in a pipe, errors to stderr with their place', async () => {
  expect(await sql('SELECT 1 AS a, 2 AS b')).toEqual({ code: 0, stdout: '1\t2\n', stderr: '' });
  expect((await sql('SELECT 1 AS a', '--format', 'JSONEachRow')).stdout).toBe('{"a":1}\n');
  const failed = await sql('SELECT 1; SELECT\n absent; SELECT 2');
  expect(failed).toMatchObject({ code: 1, stdout: '1\n' });
  expect(failed.stderr).toMatch(/^UNKNOWN_IDENTIFIER \(47\): .*\n {3}absent\n {3}\^\n/);
});

test('colours appear only when they are asked for', async () => {
  const failing = ['sql', 'SELEC', '--data', join(folder, 'data')];
  expect((await run(failing)).stderr).not.toContain('\x1b[');
  expect((await run(failing, { env: { FORCE_COLOR: '1' } })).stderr).toContain('\x1b[31m');
  expect((await run(failing, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stderr).not.toContain('\x1b[');
});

test('a script and the data of an INSERT come from stdin, and the rows stay', async () => {
  const data = ['--data', join(folder, 'data')];
  const script = `CREATE TABLE t (id UInt8, name String) ENGINE = RowTable PRIMARY KEY (id);
    INSERT INTO t VALUES (1, 'a;b');
    SELECT name FROM t -- no semicolon here`;
  expect(await run(['sql', ...data], { stdin: script })).toEqual({ code: 0, stdout: 'a;b\n', stderr: '' });
  await run(['sql', 'INSERT INTO t FORMAT TabSeparated', ...data], { stdin: '2\tc\n3\td\n' });
  await run(['sql', ...data], { stdin: 'INSERT INTO t FORMAT CSV\n4,"e;"\n' });
  expect((await sql('SELECT * FROM t ORDER BY id')).stdout).toBe('1\ta;b\n2\tc\n3\td\n4\te;\n');
});

test('BEGIN … COMMIT of a script is one transaction, and one that stops half-way leaves nothing', async () => {
  const data = ['--data', join(folder, 'transactions')];
  await run(['sql', 'CREATE TABLE t (id UInt8) ENGINE = RowTable PRIMARY KEY (id)', ...data]);
  const script = (end: string): string =>
    `BEGIN; INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); ${end}; SELECT count() FROM t`;
  expect((await run(['sql', ...data], { stdin: script('ROLLBACK') })).stdout).toBe('0\n');
  expect((await run(['sql', ...data], { stdin: script('SELECT absent') })).code).toBe(1);
  expect((await run(['sql', 'SELECT count() FROM t', ...data])).stdout).toBe('0\n');
  expect((await run(['sql', ...data], { stdin: script('COMMIT') })).stdout).toBe('2\n');
});

test('lanes shows every lane of a folder once, and of a server until it is interrupted', async () => {
  const data = ['--data', join(folder, 'lanes')];
  await run(['sql', ...data], {
    stdin: `CREATE TABLE t (id UInt8, n UInt8) ENGINE = RowTable PRIMARY KEY (id);
      CREATE INDEX TABLE t_by_n ON t (n) SETTINGS lanes = 2`,
  });
  const single = await run(['lanes', ...data]);
  expect(single.code).toBe(0);
  expect(single.stdout).toMatch(
    /^index_table\tlane\tstate\tlag_ms\t.*\ndefault\.t_by_n\t0\tlive\t0\t.*\ndefault\.t_by_n\t1\t/,
  );
  expect((await run(['lanes', ...data, '--interval', 'soon'])).code).toBe(2);
  const server = start(['serve', ...data, '--port', '0']);
  const url = await new Promise<string>((resolve) => {
    server.stderr!.on('data', (chunk: Buffer) => {
      const [found] = /http:\/\/[\d.]+:\d+/.exec(chunk.toString()) ?? [];
      if (found) resolve(found);
    });
  });
  const watching = start(['lanes', '--url', url, '--watch', '--interval', '50']);
  let told = '';
  await new Promise<void>((resolve) => {
    watching.stdout!.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      if (told.split('index_table\t').length > 3) resolve();
    });
  });
  watching.kill('SIGINT');
  await once(watching, 'close');
  expect(watching.exitCode).toBe(130);
  server.kill('SIGINT');
  await once(server, 'close');
});

test('an interrupt cancels and exits with 130', async () => {
  const data = ['--data', join(folder, 'interrupted')];
  await run(['sql', 'CREATE TABLE t (id UInt8) ENGINE = RowTable PRIMARY KEY (id)', ...data]);
  const waiting = start(['sql', 'SELECT 1; INSERT INTO t FORMAT TabSeparated', ...data]);
  const [answer] = (await once(waiting.stdout!, 'data')) as [Buffer];
  expect(answer.toString()).toBe('1\n');
  waiting.stdin!.write('1\n');
  waiting.kill('SIGINT');
  await once(waiting, 'close');
  expect(waiting.exitCode).toBe(130);
  expect((await run(['sql', 'SELECT count() FROM t', ...data])).stdout).toBe('0\n');
});

test('local reads files without a store, and a store reads none', async () => {
  const csv = join(folder, 'rows.csv');
  await writeFile(
    csv,
    `id,name\n${Array.from({ length: 300_000 }, (_, i) => `${i},"n ${i % 10}"\n`).join('')}`,
  );
  const sum = `SELECT name, count() AS n, sum(id) AS s FROM '${csv}' GROUP BY name ORDER BY name LIMIT 2`;
  expect(await run(['local', sum])).toEqual({
    code: 0,
    stdout: 'n 0\t30000\t4499850000\nn 1\t30000\t4499880000\n',
    stderr: '',
  });
  const copied = `CREATE TABLE t (id Int64) ENGINE = MergeTree ORDER BY id; INSERT INTO t SELECT id FROM file('${csv}', 'CSV') WHERE id < 3; SELECT max(id) FROM t`;
  expect((await run(['local', '--json'], { stdin: copied })).stdout).toBe('{"max(id)":2}\n');
  await writeFile(csv, 'id\n1\nx,2\n');
  const refusals: readonly (readonly [string, string])[] = [
    [`SELECT * FROM '${csv}'`, 'record 3 has 2 values'],
    [`SELECT * FROM '${csv}.gone.csv'`, 'CANNOT_OPEN_FILE'],
    [`SELECT * FROM '${folder}/what'`, 'Name the format'],
    [`SELECT * FROM file('${csv}', 'ORC')`, 'UNKNOWN_FORMAT'],
  ];
  for (const [query, message] of refusals)
    expect(await run(['local', query])).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
  expect(await run(['sql', `SELECT * FROM '${csv}'`, '--data', join(folder, 'no-files')])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^UNSUPPORTED_METHOD .*does not read files/),
  });
});

test('parts export writes a folder for ClickHouse and says what it holds, and parts import takes it back', async () => {
  const data = ['--data', join(folder, 'parts')];
  const script = `CREATE TABLE m (a UInt8, p UInt8) ENGINE = MergeTree PARTITION BY p ORDER BY a;
    INSERT INTO m SELECT number, number % 2 FROM numbers(10);
    CREATE TABLE r (id UInt8, v String) ENGINE = RowTable PRIMARY KEY id;
    CREATE INDEX TABLE facts ON r LAYOUT COLUMNAR (v) ORDER BY (v);
    INSERT INTO r VALUES (1, 'a'), (2, 'b'), (3, 'c'); DELETE FROM r WHERE id = 2;`;
  expect(await run(['sql', ...data], { stdin: script })).toMatchObject({ code: 0, stderr: '' });
  const exported = (table: string, to: string, ...more: string[]): Promise<Outcome> =>
    run(['parts', 'export', table, '--to', join(folder, to), ...data, ...more]);

  const readable = await exported('m', 'm');
  expect(readable).toMatchObject({ code: 0, stderr: '' });
  expect(readable.stdout).toMatch(/^default\.m: 10 rows in 2 parts\n.*\nNext: follow .*\/m\/create.sql\n$/);
  expect(await readdir(join(folder, 'm', 'detached'))).toEqual(['0_1_1_0', '1_2_2_0']);
  expect(await readFile(join(folder, 'm', 'create.sql'), 'utf8')).toContain(
    "ALTER TABLE default.m ATTACH PART '0_1_1_0';\n",
  );

  const imported = (...args: string[]): Promise<Outcome> => run(['parts', 'import', ...args, ...data]);
  expect(await imported('copy', '--from', join(folder, 'm'))).toMatchObject({
    stdout: 'default.copy, which was made: 10 rows in 2 parts were taken\n',
  });
  expect(JSON.parse((await imported('copy', '--from', join(folder, 'm'), '--json')).stdout)).toEqual({
    table: 'default.copy',
    created: false,
    parts: 2,
    rows: 10,
  });
  expect(await imported('r', '--from', join(folder, 'm'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not a MergeTree table'),
  });

  const { code, stdout } = await exported('default.facts', 'facts', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ table: 'default.facts', rows: 2, sequence: expect.any(Number) });

  expect(await exported('m', 'm')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is not empty'),
  });
  expect(await exported('r', 'r')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has no parts'),
  });
  expect(await exported('absent', 'a')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('UNKNOWN_TABLE'),
  });
  expect((await run(['parts', 'export', 'm', ...data])).code).toBe(2);
  expect((await run(['parts', ...data])).code).toBe(2);
});

test('sql on a served store goes through its server, which an interrupt ends cleanly', async () => {
  const server = start(['serve', '--data', join(folder, 'served'), '--port', '0']);
  let announced = '';
  server.stderr!.on('data', (chunk: Buffer) => (announced += chunk.toString()));
  await expect.poll(() => announced, { timeout: 10_000 }).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
  const data = ['--data', join(folder, 'served')];
  const script =
    'CREATE DATABASE d; USE d; CREATE TABLE t (id UInt8) ENGINE = RowTable PRIMARY KEY (id); INSERT INTO t VALUES (7);';
  expect(await run(['sql', ...data], { stdin: script })).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await run(['sql', 'SELECT id FROM t', '--database', 'd', ...data])).toEqual({
    code: 0,
    stdout: '7\n',
    stderr: '',
  });
  expect(await run(['sql', 'SELECT id FROM absent', ...data])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^UNKNOWN_TABLE \(60\): /),
  });
  const openTransactions = async (): Promise<string | undefined> => {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(announced)![0];
    return /winnow_open_transactions \d+/.exec(await (await fetch(`${url}/metrics`)).text())?.[0];
  };
  const transaction = 'USE d; BEGIN; INSERT INTO t VALUES (8); SELECT count() FROM t;';
  expect((await run(['sql', ...data], { stdin: `${transaction} SELECT absent` })).stdout).toBe('2\n');
  expect(await openTransactions()).toBe('winnow_open_transactions 0');
  expect(
    (await run(['sql', ...data], { stdin: `${transaction} ROLLBACK; SELECT count() FROM t` })).stdout,
  ).toBe('2\n1\n');
  // Parts are written to a disk of this machine, which a server need not share.
  expect(await run(['parts', 'export', 'd.t', '--to', join(folder, 'locked'), ...data])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^STORE_LOCKED .*http:\/\/127/),
  });
  server.kill('SIGINT');
  await once(server, 'close');
  expect(server.exitCode).toBe(0);
  expect((await run(['sql', 'SELECT id FROM d.t', ...data])).stdout).toBe('7\n');
});

/** The long tests take a million. */
const DIFF_ROWS = Number(process.env['WINNOW_DIFF_ROWS'] ?? 50_000);

describe('diff', { timeout: 30_000 + DIFF_ROWS }, () => {
  const data = (): string => join(folder, 'diff');
  const state = (): string => join(folder, 'diff.json');
  const diff = (...args: string[]): Promise<Outcome> => run(['diff', '--data', data(), ...args]);

  beforeAll(async () => {
    const script = `CREATE TABLE r (id UInt32, a UInt32, b String) ENGINE = RowTable PRIMARY KEY id SHARD BY hash(id) INTO 64;
      CREATE INDEX TABLE by_a ON r (a) LAYOUT COVERING (b);
      CREATE INDEX TABLE by_b ON r (b);
      INSERT INTO r SELECT number, number % 1000, toString(number) FROM numbers(${DIFF_ROWS});`;
    expect(await run(['sql', '--data', data()], { stdin: script })).toMatchObject({ code: 0, stderr: '' });
  }, 30_000 + DIFF_ROWS);

  const many = DIFF_ROWS.toLocaleString('en-US');
  const unitRows = String(DIFF_ROWS / 5);

  test('says that index tables are equal, and where', async () => {
    const equal = await diff();
    expect(equal).toMatchObject({ code: 0, stderr: '' });
    const size = `(${many} rows, ${many} entries)`;
    expect(equal.stdout.replaceAll(/equal at \d+/g, 'equal at N').split('\n')).toEqual([
      `default.by_a: equal at N ${size}`,
      `default.by_b: equal at N ${size}`,
      '',
    ]);
    expect((await diff('absent')).code).toBe(2);
    expect((await diff('--unit-rows', 'few')).code).toBe(2);
  });

  test('finds one changed entry among many, unit by unit, and goes on where it was', async () => {
    // The second object that the script made.
    await changeEntries(data(), 2, (entries, batch) => {
      expect(entries).toHaveLength(DIFF_ROWS);
      const changed = changedValue(entries[12_345]!, (body) => (body[body.length - 1]! ^= 1));
      batch.put(entries[12_345]![0], changed);
    });
    const found = await diff('by_a', '--unit-rows', unitRows, '--state', state());
    expect(found).toMatchObject({ code: 1, stderr: '' });
    const [summary, sample] = found.stdout.split('\n');
    expect(summary).toMatch(/^default\.by_a: differs at \d+: 0 missing, 0 orphaned, 1 different \(/);
    expect(summary).toContain(`(${many} rows, ${many} entries, in 6 units)`);
    expect(sample).toMatch(/^ {2}different: a = \d+, id = \d+$/);
    // It is complete, so that the next run begins anew.
    await expect(readFile(state())).rejects.toThrow('ENOENT');

    const interrupted = start(['diff', 'by_a', '--data', data(), '--unit-rows', '1', '--state', state()]);
    await expect.poll(() => readFile(state(), 'utf8').catch(() => ''), { timeout: 20_000 }).not.toBe('');
    interrupted.kill('SIGINT');
    await once(interrupted, 'close');
    expect(interrupted.exitCode).toBe(130);
    const { indexTables } = JSON.parse(await readFile(state(), 'utf8')) as {
      indexTables: Record<string, { units: { rows: number }[] }>;
    };
    const { units } = indexTables['default.by_a']!;
    expect(units.length).toBeLessThan(64);
    // What stands there is not read again: the rows of it are counted as they stand.
    units[0]!.rows += DIFF_ROWS;
    await writeFile(state(), JSON.stringify({ version: 1, indexTables }));
    const twice = (2 * DIFF_ROWS).toLocaleString('en-US');
    const resumed = await diff('by_a', '--unit-rows', unitRows, '--state', state());
    expect(resumed.code).toBe(1);
    expect(resumed.stdout).toContain(`1 different (${twice} rows, ${many} entries, in `);
    await writeFile(state(), 'something else');
    expect(await diff('--state', state())).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is not a state of winnow diff'),
    });
  });

  test('works through a server, and repairs when it is asked to', async () => {
    const server = start(['serve', '--data', data(), '--port', '0']);
    let announced = '';
    server.stderr!.on('data', (chunk: Buffer) => (announced += chunk.toString()));
    await expect.poll(() => announced, { timeout: 10_000 }).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
    const repaired = await diff('--repair');
    expect(repaired).toMatchObject({ code: 1, stderr: '' });
    expect(repaired.stdout).toContain('default.by_a: repaired, entries mended: 1\ndefault.by_b: equal at ');
    const [url] = /http:\/\/[\d.:]+/.exec(announced)!;
    expect(await run(['diff', '--url', url, 'default.by_a'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^default\.by_a: equal at \d+ /),
    });
    await run(['sql', '--data', data(), 'SYSTEM STOP LANES by_b; REBUILD INDEX TABLE by_b']);
    const partly = await diff();
    expect(partly).toMatchObject({ code: 2, stdout: expect.stringContaining('by_a: equal') });
    expect(partly.stderr).toContain('INDEX_NOT_USABLE');
    server.kill('SIGINT');
    await once(server, 'close');
  });
});
