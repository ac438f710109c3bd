// Every kind of bad input over HTTP: a clear error with number, name and, for SQL, its place; and nothing lost.

import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, open } from '../src/index.ts';
import { type RunningServer, startServer } from '../src/server/server.ts';

let folder: string;
let database: Database;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'winnow-bad-'));
  database = await open(folder);
  server = await startServer(database, { port: 0, maxBodyBytes: 32 * 1024 * 1024 });
  await database.query('CREATE TABLE t (id UInt32, n Int8, s String) ENGINE = RowTable PRIMARY KEY (id)');
  await database.query('CREATE INDEX TABLE t_by_n ON t (n) LAYOUT COVERING (s)');
  await database.table('t').put({ id: 1, n: 1, s: 'kept' });
});

afterAll(async () => {
  await server.close();
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

async function errorOf(body: string | Buffer, query = ''): Promise<{ status: number; text: string }> {
  const response = await fetch(`${server.url}/?query=${encodeURIComponent(query)}`, {
    method: 'POST',
    body: new Uint8Array(Buffer.from(body)),
  });
  return { status: response.status, text: await response.text() };
}

async function nothingLost(): Promise<void> {
  const expected = [{ id: 1, n: 1, s: 'kept' }];
  expect(await database.query('SELECT * FROM t')).toEqual(expected);
  expect(await database.query('SELECT * FROM t USE INDEX (t_by_n)')).toEqual(expected);
}

const insert = 'INSERT INTO t FORMAT';

test.each([
  ['malformed SQL', 'SELECT (1 +\n  FROM t', /^Code: 62\. .*line 2, col 3.*\(SYNTAX_ERROR\)/s],
  ['a mistyped keyword', 'SELCT 1', /^Code: 62\. .*SELECT.*\(SYNTAX_ERROR\)/s],
  ['an unknown table', 'SELECT * FROM t_by_m', /^Code: 60\. .*t_by_m.*t_by_n.*\(UNKNOWN_TABLE\)/s],
  ['an unknown column', 'SELECT idd FROM t', /^Code: 47\. .*idd.*\(UNKNOWN_IDENTIFIER\)/s],
  ['an unknown function', 'SELECT lenght(s) FROM t', /^Code: 46\. .*length.*\(UNKNOWN_FUNCTION\)/s],
  [
    'an unknown setting',
    'SELECT 1 SETTINGS max_memry_usage = 1',
    /^Code: 115\. .*max_memory_usage.*\(UNKNOWN_SETTING\)/s,
  ],
  ['a wrong type in VALUES', "INSERT INTO t VALUES (2, 'many', 'x')", /^Code: \d+\. .*many.*\(\w+\)/s],
  [
    'a number out of range',
    "INSERT INTO t VALUES (2, 300, 'x')",
    /^Code: 321\. .*300.*\(VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE\)/s,
  ],
  [
    'a clause that is not supported',
    'SELECT * FROM t FULL JOIN t AS u ON t.id = u.id',
    /^Code: 48\. .*JOIN.*\(NOT_IMPLEMENTED\)/s,
  ],
  [
    'a type that is not supported',
    'CREATE TABLE u (id UInt32, a BFloat16) ENGINE = RowTable PRIMARY KEY (id)',
    /^Code: \d+\. .*BFloat16.*\(\w+\)/s,
  ],
  [
    'a write to an index table',
    "INSERT INTO t_by_n VALUES (2, 1, 'x')",
    /^Code: 10004\. .*t_by_n.*\(INDEX_TABLE_READ_ONLY\)/s,
  ],
])('%s is refused with number, name and place', async (_, sql, text) => {
  const answer = await errorOf(sql);
  expect(answer.text).toMatch(text);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  await nothingLost();
});

test('one bad JSON row in a batch keeps nothing of the batch, and is named', async () => {
  const rows = Array.from({ length: 1000 }, (_, i) =>
    JSON.stringify({ id: i + 10, n: i === 700 ? 'bad' : 1, s: 'new' }),
  );
  const answer = await errorOf(rows.join('\n'), `${insert} JSONEachRow`);
  expect(answer.text).toMatch(/^Code: \d+\. .*row 701.*\(\w+\)/s);
  expect(answer.text).toContain('n');
  await nothingLost();
});

test('a truncated last row keeps nothing', async () => {
  const answer = await errorOf('{"id": 20, "n": 1, "s": "x"}\n{"id": 21, "n"', `${insert} JSONEachRow`);
  expect(answer.text).toMatch(/^Code: \d+\. .*row 2.*\(\w+\)/s);
  await nothingLost();
});

test('an oversize row is refused, and so is the batch around it', async () => {
  const answer = await errorOf(
    `30\t1\tx\n31\t1\t${'y'.repeat(17 * 1024 * 1024)}\n`,
    `${insert} TabSeparated`,
  );
  expect(answer.text).toMatch(/^Code: 10001\. .*\(ROW_TOO_LARGE\)/s);
  await nothingLost();
});

test('a body larger than the limit is refused', async () => {
  const answer = await errorOf(Buffer.alloc(33 * 1024 * 1024, 'z'), `${insert} TabSeparated`).catch(
    () => undefined,
  );
  // The server may close the connection before the client has sent everything.
  if (answer) expect(answer).toMatchObject({ status: 413, text: expect.stringMatching(/BODY_TOO_LARGE/) });
  await nothingLost();
});

test('a body cut off by the network keeps nothing', async () => {
  const { port } = server;
  await new Promise<void>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      const head = `POST /?query=${encodeURIComponent(`${insert} TabSeparated`)} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 1000\r\n\r\n`;
      socket.write(`${head}40\t1\tcut\n41\t1\tcut\n`, () => setTimeout(() => socket.destroy(), 50));
    });
    socket.once('close', () => resolve());
    socket.once('error', reject);
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await nothingLost();
});

test('a second process on the same folder is told who has it', async () => {
  await expect(open(folder)).rejects.toMatchObject({
    code: 'STORE_LOCKED',
    message: expect.stringContaining(String(process.pid)),
  });
});
