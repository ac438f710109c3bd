// Kill -9 while rows are inserted into a MergeTree table and while its parts are merged: every acknowledged insert is
// there exactly once, no part of another is there in half, and nothing half written is left behind.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRandom } from '../src/base/random.ts';
import { open } from '../src/index.ts';
import { build, BUILD_TIMEOUT_MS, killAfter } from './support/built-program.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'winnow-merge-tree-crash-'));
const ROUNDS = 12;
const PARTITIONS = 3;
const ROWS = 5;
const WRITERS = 3;
const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

beforeAll(build, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

/** Each insert has a number of its own and as many rows in every partition; says the number when it is acknowledged. */
const program = (store: string, first: number, merges: boolean): string => `
  import { writeSync } from 'node:fs';
  import { open } from './dist/src/index.js';
  const database = await open(${JSON.stringify(store)});
  await database.query(\`CREATE TABLE IF NOT EXISTS events (number UInt32, partition UInt8, i UInt32, text LowCardinality(String), tags Array(String),
    INDEX by_text text TYPE bitmap, INDEX by_partition partition TYPE bitmap)
    ENGINE = MergeTree PARTITION BY partition ORDER BY (text, i) SETTINGS index_granularity = 4\`);
  let number = ${first};
  async function write() {
    for (;;) {
      const mine = number++;
      await database.query(\`INSERT INTO events SELECT \${mine}, number % ${PARTITIONS}, number, concat('t', toString(\${mine} % 7)), ['a', toString(\${mine})]
        FROM numbers(${PARTITIONS * ROWS})\`);
      writeSync(1, 'ack ' + mine + '\\n');
    }
  }
  async function merge() {
    for (let i = 0; ; i++) {
      await database.query('OPTIMIZE TABLE events PARTITION ' + (i % ${PARTITIONS}) + ' FINAL');
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  await Promise.all([...Array.from({ length: ${WRITERS} }, write), ...(${merges} ? [merge()] : [])]);
`;

type Seen = {
  readonly number: number;
  readonly partition: number;
  readonly rows: bigint;
  readonly different: bigint;
};

type Part = { readonly name: string; readonly path: string; readonly level: number };

test(
  `after kill -9 a MergeTree table has every acknowledged insert once, and nothing in half (seed ${seed})`,
  { timeout: 240_000 },
  async () => {
    const random = createRandom(seed);
    const store = path.join(folder, 'data');
    const acknowledged = new Set<number>();
    let merged = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const delayMs = 20 + random.int(250);
      const said = await killAfter(program(store, round * 100_000, round % 2 === 1), delayMs);
      for (const [, number] of said.matchAll(/ack (\d+)\n/g)) acknowledged.add(Number(number));
      await using database = await open(store);
      const seen = await database.query<Seen>(
        'SELECT number, partition, count() AS rows, uniqExact(i) AS different FROM events GROUP BY number, partition',
      );
      const whole = new Map<number, number>();
      for (const { number, partition, rows, different } of seen) {
        expect([rows, different], `insert ${number} in partition ${partition}`).toEqual([
          BigInt(ROWS),
          BigInt(ROWS),
        ]);
        whole.set(number, (whole.get(number) ?? 0) + 1);
      }
      for (const number of acknowledged)
        expect(whole.get(number), `round ${round}, insert ${number}`).toBe(PARTITIONS);
      // At most the inserts under way when the process was killed are there without their acknowledgement.
      expect(whole.size).toBeLessThanOrEqual(acknowledged.size + WRITERS * (round + 1));
      // By bitmaps, and by an expression that they cannot decide.
      const [byBitmaps, byRows] = ['text', "if(i < 0, '', text)"].map(
        (text) => `SELECT count() AS n FROM events WHERE ${text} IN ('t3', 't5') AND partition != 1`,
      );
      expect(await database.query(byBitmaps!)).toEqual(await database.query(byRows!));
      const parts = (): Promise<Part[]> => database.query<Part>('SELECT name, path, level FROM system.parts');
      merged += (await parts()).filter(({ level }) => level > 0).length;
      const table = path.dirname((await parts())[0]!.path);
      // A merge of this process may be writing a part, until there is nothing to merge.
      const strangers = async (): Promise<string[]> => {
        const known = new Set([...(await parts()).map(({ name }) => name), 'format_version.txt', 'bitmaps']);
        const bitmaps = readdirSync(path.join(table, 'bitmaps'));
        return [...readdirSync(table), ...bitmaps].filter(
          (name) => !known.has(name.replace(/\..*\.bitmap$/, '')),
        );
      };
      await expect.poll(strangers, { timeout: 10_000 }).toEqual([]);
      const checks = await database.query<{ is_passed: number }>('CHECK TABLE events');
      expect(checks.every((check) => check.is_passed === 1)).toBe(true);
    }
    expect(acknowledged.size).toBeGreaterThan(ROUNDS);
    expect(merged).toBeGreaterThan(0);
  },
);
