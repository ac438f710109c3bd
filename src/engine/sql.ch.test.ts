// sql.ch.test.ts — the same rows and the same queries in Winnow and in ClickHouse give the same answers,
// names and types of the columns included, whichever access path is forced.

import { Session } from 'chdb';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerText, columns, comparable, rowText } from './sql-oracle.test-support.ts';
import { queries } from './sql-queries.test-support.ts';
import { open } from './open.ts';
import type { Database } from './api.ts';

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
        const answer = await answerText(database, variant).then(
          (text) => comparable(sql, text),
          (error: unknown) => String(error),
        );
        expect.soft(answer, variant).toEqual(expected);
      }
    }
  });
}
