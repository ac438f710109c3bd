// sql.test.ts — every script in test/sql answers as it says, each in a store of its own.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createOutput } from '../src/formats/output.ts';
import { open, WinnowError } from '../src/index.ts';
import { parseSqlScript } from './sql-script.ts';
import type { Database, SessionState } from '../src/index.ts';
import type { SqlRecord } from './sql-script.ts';

const folder = new URL('./sql/', import.meta.url);

for (const name of (await readdir(folder)).filter((file) => file.endsWith('.test'))) {
  test(`${name} answers as written`, async () => {
    const records = parseSqlScript(await readFile(new URL(name, folder), 'utf8'));
    expect(records.length).toBeGreaterThan(0);
    const path = await mkdtemp(join(tmpdir(), 'winnow-sql-'));
    const database = await open(path);
    try {
      let session: SessionState = { database: 'default', settings: {}, transaction: { current: undefined } };
      for (const record of records) session = await runRecord(database, record, session);
    } finally {
      await database.close();
      await rm(path, { recursive: true });
    }
  });
}

async function runRecord(
  database: Database,
  record: SqlRecord,
  session: SessionState,
): Promise<SessionState> {
  const where = `line ${record.line}: ${record.sql}`;
  if (record.kind === 'drain') {
    await database.drain();
    return session;
  }
  const outcome = await answer(database, record.sql, session).catch((error: unknown) => error);
  if (record.kind === 'error') {
    if (!(outcome instanceof WinnowError))
      throw outcome instanceof Error ? outcome : new Error(`${where}\nexpected an error`);
    expect.soft({ number: outcome.number, text: outcome.fullMessage }, where).toEqual({
      number: record.errorNumber,
      text: expect.stringContaining(record.errorText) as string,
    });
    return session;
  }
  if (outcome instanceof Error) throw new Error(`${where}\n${outcome.message}`, { cause: outcome });
  const { lines, after } = outcome as Awaited<ReturnType<typeof answer>>;
  const inOrder = (list: readonly string[]): readonly string[] => (record.sorted ? [...list].sort() : list);
  if (record.kind === 'query') expect.soft(inOrder(lines), where).toEqual(inOrder(record.expected));
  return after;
}

async function answer(
  database: Database,
  sql: string,
  session: SessionState,
): Promise<{ lines: string[]; after: SessionState }> {
  const result = await database.execute(sql, session);
  if (result.columns.length === 0) return { lines: [], after: result.session };
  const output = createOutput('TabSeparated', result.columns, {
    quote64BitIntegers: false,
    quoteDenormals: false,
  });
  const pieces: (string | Buffer)[] = [];
  for await (const block of result.blocks) pieces.push(output.block(block));
  const text = pieces.map(String).join('');
  return { lines: text === '' ? [] : text.replace(/\n$/, '').split('\n'), after: result.session };
}
