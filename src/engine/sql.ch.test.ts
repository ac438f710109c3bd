// sql.ch.test.ts — the same rows and the same queries in Winnow and in ClickHouse give the same answers,
// names and types of the columns included, whichever access path is forced.

import { Session } from 'chdb';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOutput } from '../formats/output.ts';
import { queries } from './sql-queries.test-support.ts';
import { open } from './open.ts';
import type { Database } from './api.ts';

const columns = `id UInt64, a Int32, b Nullable(Int32), f Float64, s String, ns Nullable(String), d Date, dt DateTime,
  dt64 DateTime64(3), e Enum8('new' = 1, 'paid' = 2, 'void' = -3), dec Decimal(12, 2), u UUID, flag Bool, fs FixedString(4)`;
const rowCount = 300;

let path: string;
let database: Database;
let clickHouse: Session;

beforeAll(async () => {
  path = await mkdtemp(join(tmpdir(), 'winnow-oracle-'));
  database = await open(path);
  clickHouse = new Session();
  for (const sql of ["SET session_timezone = 'UTC'", 'CREATE DATABASE oracle', 'USE oracle'])
    clickHouse.query(sql);
  clickHouse.query(`CREATE TABLE t (${columns}) ENGINE = MergeTree ORDER BY id`);
  await database.query(
    `CREATE TABLE t (${columns}) ENGINE = RowTable PRIMARY KEY id SHARD BY hash(id) INTO 4`,
  );
  await database.query('CREATE INDEX TABLE by_a ON t (a, s) SHARD BY hash(a) INTO 3 LAYOUT KEYS');
  await database.query('CREATE INDEX TABLE by_b ON t (b) LAYOUT COVERING (a, f, s, dec)');
  const rows = Array.from({ length: rowCount }, (_, i) => rowText(i));
  clickHouse.query(`INSERT INTO t FORMAT TabSeparated\n${rows.join('\n')}\n`);
  // Half of them while the lanes stand still: index reads must overlay them.
  await database.query('INSERT INTO t FORMAT TabSeparated', {
    data: Buffer.from(`${rows.slice(0, 150).join('\n')}\n`),
  });
  await database.drain();
  await database.query('SYSTEM STOP LANES');
  await database.query('INSERT INTO t FORMAT TabSeparated', {
    data: Buffer.from(`${rows.slice(150).join('\n')}\n`),
  });
});

afterAll(async () => {
  clickHouse.cleanup();
  await database.close();
  await rm(path, { recursive: true });
});

/** Row i, as tab-separated text; the values repeat at different rates. */
function rowText(i: number): string {
  const b = i % 5 === 0 ? '\\N' : String((i * 37) % 23);
  const day = `20${String(20 + (i % 5)).padStart(2, '0')}-${String(1 + (i % 12)).padStart(2, '0')}-${String(1 + (i % 28)).padStart(2, '0')}`;
  const time = `${String(i % 24).padStart(2, '0')}:${String((i * 7) % 60).padStart(2, '0')}:${String((i * 13) % 60).padStart(2, '0')}`;
  const uuid = `00000000-0000-4000-8000-${String(i * 7919).padStart(12, '0')}`;
  const words = ['apple', 'Banana', 'cherry', 'd\\te', '', 'Äpfel', 'x y z'];
  return [
    i * 3,
    ((i * 31) % 17) - 8,
    b,
    (i - 100) / 8,
    words[i % 7],
    i % 4 === 0 ? '\\N' : words[(i * 3) % 7],
    day,
    `${day} ${time}`,
    `${day} ${time}.${String((i * 111) % 1000).padStart(3, '0')}`,
    ['new', 'paid', 'void'][i % 3],
    ((i - 50) * 1.25).toFixed(2),
    uuid,
    i % 2 === 0 ? 'true' : 'false',
    `k${i % 9}`,
  ].join('\t');
}

async function winnow(sql: string): Promise<string> {
  const result = await database.execute(sql);
  const output = createOutput('TabSeparatedWithNamesAndTypes', result.columns, {
    quote64BitIntegers: false,
    quoteDenormals: false,
  });
  const pieces = [output.start()];
  for await (const block of result.blocks) pieces.push(output.block(block));
  return pieces.map(String).join('');
}

/** The header in its order, the rows in order only when the query asks for one. */
function comparable(sql: string, text: string): string[] {
  const [names = '', types = '', ...rows] = text.replace(/\n$/, '').split('\n');
  return [names, types, ...(/ORDER BY [^)]*$/.test(sql) ? rows : rows.sort())];
}

function throughEachPath(sql: string): string[] {
  const table = /FROM t\b( AS \w+)?/;
  if (!table.test(sql)) return [sql];
  return ['', ' USE INDEX (PRIMARY)', ' USE INDEX (by_a)', ' USE INDEX (by_b)'].map((hint) =>
    sql.replace(table, `$&${hint}`),
  );
}

for (const [topic, list] of Object.entries(queries)) {
  test(`${topic}: ClickHouse gives the same answers`, async () => {
    for (const sql of list) {
      const expected = comparable(sql, clickHouse.query(sql, 'TabSeparatedWithNamesAndTypes'));
      for (const variant of throughEachPath(sql)) {
        const answer = await winnow(variant).then(
          (text) => comparable(sql, text),
          (error: unknown) => String(error),
        );
        expect.soft(answer, variant).toEqual(expected);
      }
    }
  });
}
