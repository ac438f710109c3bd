// The HTTP layer against a database that does what each test needs; client.test.ts has the real one.

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { afterEach, expect, test } from 'vitest';
import { WinnowError } from '../base/errors.ts';
import type { Database, ExecuteOptions, QueryResult } from '../engine/api.ts';
import { defaultSettings } from '../engine/settings.ts';
import type { Block } from '../types/column.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import type { DataType } from '../types/data-type.ts';
import type { RunningServer, ServerOptions } from './server.ts';
import { startServer } from './server.ts';

const text: DataType = { kind: 'String' };
const servers: RunningServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

type Execute = (sql: string, options: ExecuteOptions) => AsyncIterable<Block>;

function block(...values: readonly string[]): Block {
  const builder = createColumnBuilder(text);
  for (const value of values) builder.appendBytes(Buffer.from(value), 0, Buffer.byteLength(value));
  return { rowCount: values.length, columns: [builder.finish()] };
}

async function* oneRow(value: string): AsyncGenerator<Block> {
  yield block(value);
}

/** A server whose statements answer with one text column. */
async function serve(execute: Execute, options: ServerOptions = {}): Promise<RunningServer> {
  const database: Partial<Database> = {
    async execute(sql: string, given: ExecuteOptions = {}): Promise<QueryResult> {
      return {
        columns: [{ name: 'value', type: text }],
        blocks: execute(sql, given),
        rows: async () => [],
        summary: { readRows: 1, readBytes: 2, resultRows: 3, writtenRows: 4, writtenBytes: 5, elapsedMs: 6 },
        freshness: () => ({
          level: 'strong',
          sequence: 7,
          accessPath: 'rows',
          positions: [{ path: 'rows', shard: 3, sequence: 7 }],
          tailRowsOverlaid: 0,
          ageMs: 0,
        }),
        position: () => 9,
        format: undefined,
        settings: { ...defaultSettings, ...given.settings },
        session: { database: given.database ?? 'default', settings: given.settings ?? {} },
      };
    },
    storeId: 'store-1',
    metrics: () => 'winnow_up 1\n',
    notReady: () => [],
  };
  const server = await startServer(database as Database, { port: 0, graceMs: 200, ...options });
  servers.push(server);
  return server;
}

type Answer = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly complete: boolean;
};

type Ask = {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
};

/** One request with exactly these headers; `complete` is false when the answer was broken off. */
function ask(
  server: RunningServer,
  { method = 'GET', path = '/', headers = {}, body }: Ask,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(server.url + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          complete: response.complete,
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const post = (server: RunningServer, path: string, body: Buffer | string, headers = {}): Promise<Answer> =>
  ask(server, { method: 'POST', path, body, headers });

test('the greeting, the health checks and the metrics answer, other paths do not', async () => {
  const server = await serve(() => oneRow('x'));
  for (const path of ['/', '/ping', '/livez'])
    expect((await ask(server, { path })).body.toString()).toBe('Ok.\n');
  expect(JSON.parse((await ask(server, { path: '/readyz' })).body.toString())).toEqual({
    ready: true,
    reasons: [],
  });
  expect((await ask(server, { path: '/metrics' })).headers['content-type']).toContain('version=0.0.4');
  expect((await ask(server, { path: '/nowhere' })).status).toBe(404);
});

test('an answer carries its id, format, counters and freshness', async () => {
  const server = await serve((sql) => oneRow(sql));
  const { headers, body } = await ask(server, { path: '/?query=SELECT+1&query_id=mine' });
  expect(body.toString()).toBe('SELECT 1\n');
  expect(headers).toMatchObject({
    'x-clickhouse-query-id': 'mine',
    'x-clickhouse-format': 'TabSeparated',
    'x-clickhouse-timezone': 'UTC',
    'x-clickhouse-server-display-name': 'winnow',
    'x-winnow-position': '9',
    'x-winnow-store': 'store-1',
  });
  expect(JSON.parse(String(headers['x-clickhouse-summary']))).toMatchObject({
    read_rows: '1',
    elapsed_ns: '6000000',
  });
  expect(JSON.parse(String(headers['x-winnow-freshness']))).toMatchObject({
    level: 'strong',
    access_path: 'rows',
    positions: { rows: { 3: 7 } },
  });
});

test('a position comes back by header, checked against the store that gave it; a session keeps the highest', async () => {
  const positions: (number | undefined)[] = [];
  const server = await serve((sql, { position }) => {
    positions.push(position);
    return oneRow(sql);
  });
  const path = '/?query=SELECT+1';
  await ask(server, { path, headers: { 'X-Winnow-Position': '5', 'X-Winnow-Store': 'store-1' } });
  await ask(server, { path: `${path}&session_id=s` });
  await ask(server, { path: `${path}&session_id=s`, headers: { 'X-Winnow-Position': '5' } });
  await ask(server, { path: `${path}&session_id=s`, headers: { 'X-Winnow-Position': '12' } });
  await ask(server, { path: `${path}&session_id=s` });
  expect(positions).toEqual([5, undefined, 9, 12, 12]);
  const elsewhere = { 'X-Winnow-Position': '5', 'X-Winnow-Store': 'store-2' };
  expect((await ask(server, { path, headers: elsewhere })).headers['x-clickhouse-exception-code']).toBe('36');
  const malformed = await ask(server, { path, headers: { 'X-Winnow-Position': '-5' } });
  expect(malformed.headers['x-clickhouse-exception-code']).toBe('36');
});

test('the query parameter comes first, then the body; the data of an INSERT … FORMAT stays bytes', async () => {
  const seen: { sql: string; data: string | undefined }[] = [];
  const server = await serve((sql, { data }) => {
    seen.push({ sql, data: data && Buffer.from(data).toString('latin1') });
    return oneRow('');
  });
  await post(server, '/?query=SELECT', '1 + 1');
  await post(server, '/?query=INSERT+INTO+t+FORMAT+TabSeparated', Buffer.from([0xff, 0x0a]));
  await post(
    server,
    '/',
    Buffer.concat([Buffer.from('INSERT INTO t FORMAT TabSeparated\n'), Buffer.from([0xff, 0x0a])]),
  );
  expect(seen[0]).toEqual({ sql: 'SELECT\n1 + 1', data: undefined });
  expect(seen[1]).toEqual({ sql: 'INSERT INTO t FORMAT TabSeparated', data: '\xff\n' });
  expect(seen[2]?.data).toBe('\xff\n');
});

test('only POST may write', async () => {
  const server = await serve((_sql, { readonly }) => oneRow(String(readonly)));
  expect((await ask(server, { path: '/?query=x' })).body.toString()).toBe('true\n');
  expect((await post(server, '/?query=x', '')).body.toString()).toBe('false\n');
});

test('a Host that is not known is refused, whatever the path', async () => {
  const server = await serve(() => oneRow('x'), { allowedHosts: ['db.example'] });
  const host = (name: string, path = '/ping'): Promise<Answer> =>
    ask(server, { path, headers: { Host: name } });
  for (const name of [
    'localhost',
    'LOCALHOST:9',
    '127.0.0.1:8123',
    '[::1]:8123',
    'db.example',
    'db.example:80',
  ]) {
    expect((await host(name)).status).toBe(200);
  }
  for (const name of [
    'evil.example',
    'evil.example:8123',
    'localhost.evil.example',
    '127.0.0.1@evil',
    ':8123',
    '0.0.0.0',
  ]) {
    expect((await host(name)).status).toBe(403);
    expect((await host(name, '/?query=SELECT+1')).headers['x-clickhouse-exception-code']).toBe('10011');
    expect((await host(name, '/metrics')).status).toBe(403);
  }
});

test('a page of an unknown origin can neither read nor write; a configured one gets CORS headers', async () => {
  let runs = 0;
  const server = await serve(
    () => {
      runs++;
      return oneRow('x');
    },
    { allowedOrigins: ['https://app.example'] },
  );
  for (const origin of ['https://evil.example', 'null', 'http://app.example', 'https://app.example.evil']) {
    const { status, headers } = await post(server, '/?query=x', '', {
      Origin: origin,
      'Content-Type': 'text/plain',
    });
    expect({ status, code: headers['x-clickhouse-exception-code'] }).toEqual({ status: 403, code: '10012' });
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
  expect(runs).toBe(0);
  const good = { Origin: 'https://app.example' };
  expect((await post(server, '/?query=x', '', good)).headers['access-control-allow-origin']).toBe(
    'https://app.example',
  );
  const preflight = await ask(server, { method: 'OPTIONS', headers: good });
  expect(preflight.status).toBe(204);
  expect(preflight.headers['access-control-allow-headers']).toContain('Authorization');
  expect((await ask(server, { method: 'OPTIONS', headers: { Origin: 'https://evil.example' } })).status).toBe(
    403,
  );
});

test('listening beyond loopback is refused while there are no passwords', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    await expect(serve(() => oneRow('x'), { host })).rejects.toMatchObject({ code: 'BAD_ARGUMENTS' });
  }
});

test('only the user default without a password gets in', async () => {
  const server = await serve(() => oneRow('in'));
  const basic = (credentials: string): Record<string, string> => ({
    Authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
  });
  const path = '/?query=x';
  for (const headers of [
    {},
    basic('default:'),
    { 'X-ClickHouse-User': 'default' },
    { Authorization: 'never' },
  ]) {
    expect((await ask(server, { path, headers })).status).toBe(200);
  }
  for (const headers of [
    basic('default:secret'),
    basic('root:'),
    { 'X-ClickHouse-Key': 'x' },
    { Authorization: 'Bearer x' },
  ]) {
    const { status, body } = await ask(server, { path, headers });
    expect(status).toBe(403);
    expect(body.toString()).toMatch(/^Code: 516\. DB::Exception: .*\(AUTHENTICATION_FAILED\)/);
  }
  expect((await ask(server, { path: `${path}&user=default&password=x` })).status).toBe(403);
});

test('a body over the limit is refused as 413, also when it only grows over it by decompression', async () => {
  let runs = 0;
  const execute: Execute = () => {
    runs++;
    return oneRow('x');
  };
  const server = await serve(execute, { maxBodyBytes: 1000 });
  expect((await post(server, '/', 'x'.repeat(1000))).status).toBe(200);
  expect(runs).toBe(1);
  const large = await post(server, '/', 'x'.repeat(1001));
  expect({ status: large.status, code: large.headers['x-clickhouse-exception-code'] }).toEqual({
    status: 413,
    code: '10010',
  });
  const bomb = await post(server, '/', gzipSync('x'.repeat(1_000_000)), { 'Content-Encoding': 'gzip' });
  expect(bomb.status).toBe(413);
  expect(runs).toBe(1);
});

test('a body that is cut off runs nothing', async () => {
  let runs = 0;
  const server = await serve(() => {
    runs++;
    return oneRow('x');
  });
  const head = 'POST /?query=INSERT+INTO+t+FORMAT+CSV HTTP/1.1\r\nHost: localhost\r\n';
  await sendAndHangUp(server, `${head}Content-Length: 100\r\n\r\n1,2\n`);
  await sendAndHangUp(server, `${head}Transfer-Encoding: chunked\r\n\r\n4\r\n1,2\n\r\n`);
  await sendAndHangUp(server, `${head}Transfer-Encoding: chunked\r\n\r\n40\r\n1,2\n`);
  const cut = gzipSync('1,2\n'.repeat(100)).subarray(0, 20);
  const { status, body } = await post(server, '/?query=INSERT+INTO+t+FORMAT+CSV', cut, {
    'Content-Encoding': 'gzip',
  });
  expect(status).toBe(400);
  expect(body.toString()).toContain('(INCORRECT_DATA)');
  expect((await ask(server, { path: '/ping' })).status).toBe(200);
  expect(runs).toBe(0);
});

async function sendAndHangUp(server: RunningServer, bytes: string): Promise<void> {
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.end(bytes);
  socket.resume();
  await once(socket, 'close');
}

test('what is not supported says so', async () => {
  const server = await serve(() => oneRow('x'));
  expect((await post(server, '/', '--x', { 'Content-Type': 'multipart/form-data; boundary=x' })).status).toBe(
    501,
  );
  expect((await post(server, '/', 'x', { 'Content-Encoding': 'zstd' })).status).toBe(501);
  expect((await post(server, '/?compress=1', 'x')).status).toBe(501);
  expect((await post(server, '/?role=admin', 'x')).status).toBe(501);
});

test('an error of a WinnowError keeps its number; a defect becomes LOGICAL_ERROR and is reported', async () => {
  const defects: unknown[] = [];
  const execute: Execute = (sql) => {
    throw sql === 'bad' ? new WinnowError('UNKNOWN_TABLE', 'no table x.') : new TypeError('oops');
  };
  const server = await serve(execute, { onDefect: (error) => defects.push(error) });
  const unknown = await post(server, '/', 'bad');
  expect(unknown.status).toBe(404);
  expect(unknown.headers['x-clickhouse-exception-code']).toBe('60');
  expect(unknown.body.toString()).toMatch(
    /^Code: 60\. DB::Exception: no table x\. \(UNKNOWN_TABLE\) \(version [\d.]+ \(official build\)\)\n$/,
  );
  const defect = await post(server, '/', 'worse');
  expect(defect.headers['x-clickhouse-exception-code']).toBe('49');
  expect(defects).toHaveLength(1);
});

const wide = 'x'.repeat(100_000);
async function* manyRows(count: number, after?: () => void): AsyncGenerator<Block> {
  for (let i = 0; i < count; i++) yield block(wide);
  after?.();
}
const tooMany = (): never => {
  throw new WinnowError('MEMORY_LIMIT_EXCEEDED', 'too much');
};

test('an error before the buffer is full becomes the status', async () => {
  const server = await serve(() => manyRows(3, tooMany));
  expect((await post(server, '/', 'x')).status).toBe(500);
});

test('with wait_end_of_query an error after any number of rows becomes the status', async () => {
  const server = await serve(() => manyRows(30, tooMany));
  expect((await post(server, '/?wait_end_of_query=1', 'x')).headers['x-clickhouse-exception-code']).toBe(
    '241',
  );
});

test('an error in a streamed answer ends it with the tagged block and without the closing chunk', async () => {
  const server = await serve(() => manyRows(30, tooMany));
  for (const headers of [{}, { 'Accept-Encoding': 'gzip' }]) {
    const answer = await post(server, '/?enable_http_compression=1', 'x', headers);
    expect(answer.complete).toBe(false);
    const body = (
      answer.headers['content-encoding'] === 'gzip' ? gunzipSync(answer.body) : answer.body
    ).toString();
    const tag = String(answer.headers['x-clickhouse-exception-tag']);
    const [, message, length] =
      new RegExp(
        `\\r\\n__exception__\\r\\n${tag}\\r\\n([^]+\\n)(\\d+) ${tag}\\r\\n__exception__\\r\\n$`,
      ).exec(body) ?? [];
    expect(message).toMatch(/^Code: 241\. DB::Exception: too much\. \(MEMORY_LIMIT_EXCEEDED\)/);
    expect(Number(length)).toBe(Buffer.byteLength(message ?? ''));
  }
});

test('the official client reads the late error by number and name', async () => {
  const server = await serve(() => manyRows(30, tooMany));
  for (const response of [false, true]) {
    const client = createClient({
      url: server.url,
      compression: { response },
      log: { level: ClickHouseLogLevel.OFF },
    });
    const result = await client.query({ query: 'x', format: 'TabSeparated' });
    const read = async (): Promise<void> => {
      for await (const _ of result.stream()) continue;
    };
    await expect(read()).rejects.toMatchObject({ code: '241', type: 'MEMORY_LIMIT_EXCEEDED' });
    await client.close();
  }
});

test('a streamed answer waits for its reader', async () => {
  let produced = 0;
  async function* endless(): AsyncGenerator<Block> {
    for (; produced < 3000; produced++) yield block(wide);
  }
  const server = await serve(endless);
  const request = httpRequest(`${server.url}/?query=x`, { agent: false }).end();
  const [response] = await once(request, 'response');
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(produced).toBeLessThan(500);
  response.destroy();
});

test('a client that goes away cancels its query', async () => {
  let cancelled = 0;
  async function* waiting(signal: AbortSignal | undefined): AsyncGenerator<Block> {
    yield block();
    await once(signal as EventTarget & AbortSignal, 'abort');
    cancelled++;
    throw new WinnowError('QUERY_WAS_CANCELLED', 'cancelled');
  }
  const server = await serve((_sql, { signal }) => waiting(signal));
  const request = httpRequest(`${server.url}/?query=x`, { agent: false }).end();
  request.on('error', () => undefined);
  await once(request, 'finish');
  setTimeout(() => request.destroy(), 50);
  await expect.poll(() => cancelled).toBe(1);
});

test('two running queries cannot share an id, and an id can be used again', async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  async function* gated(): AsyncGenerator<Block> {
    await gate;
    yield block('x');
  }
  const server = await serve((sql) => (sql === 'slow' ? gated() : oneRow('x')));
  const first = ask(server, { path: '/?query=slow&query_id=a' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(
    (await ask(server, { path: '/?query=fast&query_id=a' })).headers['x-clickhouse-exception-code'],
  ).toBe('216');
  release();
  expect((await first).status).toBe(200);
  expect((await ask(server, { path: '/?query=fast&query_id=a' })).status).toBe(200);
  expect((await ask(server, { path: '/?query=fast&query_id=a%0Ab' })).status).toBe(400);
});

test('closing fails readiness first, lets a running query finish and takes no new one', async () => {
  async function* slow(): AsyncGenerator<Block> {
    await new Promise((resolve) => setTimeout(resolve, 150));
    yield block('done');
  }
  const server = await serve(slow, { graceMs: 5000 });
  const keepAlive = connect(server.port, '127.0.0.1');
  await once(keepAlive, 'connect');
  const running = ask(server, { path: '/?query=x' });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = server.close();
  const ready = await ask(server, { path: '/readyz' });
  expect(ready.status).toBe(503);
  expect(ready.body.toString()).toContain('shutting down');
  expect((await ask(server, { path: '/?query=y' })).status).toBe(503);
  expect((await running).body.toString()).toBe('done\n');
  await closed;
  await expect(ask(server, { path: '/ping' })).rejects.toThrow('ECONNREFUSED');
});

test('a taken port is named, with what answers there', async () => {
  const server = await serve(() => oneRow('x'));
  await expect(serve(() => oneRow('x'), { port: server.port })).rejects.toMatchObject({
    code: 'NETWORK_ERROR',
    message: `port ${server.port} on 127.0.0.1 is taken: a Winnow server answers there`,
    hint: expect.stringContaining('--port'),
  });
});
