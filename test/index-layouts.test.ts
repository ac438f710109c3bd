import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Database, open, WinnowError } from '../src/index.ts';
import { scenario, type IndexTableSpec, type Scenario } from './support/random-index-tables.ts';

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);
const runs = Number(process.env['WINNOW_RUNS'] ?? 12);

const counts = { comparisons: 0, forced: 0, unusable: 0 };

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'winnow-layouts-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every index table holds what its definition makes of the rows, and answers queries as the row table does. */
async function compareAll(
  database: Database,
  { indexTables, queries }: Scenario,
  freshness: string,
): Promise<void> {
  const settings = { freshness };
  for (const index of indexTables) {
    const expected = await database.query(index.expected);
    expect(await database.query(index.held, { settings }), `${index.create}\n${freshness}`).toEqual(expected);
    counts.comparisons++;
  }
  for (const query of queries) {
    const expected = await database.query(query.replace('@', 'PRIMARY'));
    for (const index of indexTables) {
      const answer = await forced(database, query.replace('@', index.name), freshness);
      if (answer) expect(answer, `${index.create}\n${query}\n${freshness}`).toEqual(expected);
    }
    const chosen = await database.query(query.replace(' USE INDEX (@)', ''), { settings });
    expect(chosen, `${query}\n${freshness}`).toEqual(expected);
  }
}

/** undefined: the index table may lack rows that the query wants. */
async function forced(database: Database, sql: string, freshness: string): Promise<unknown[] | undefined> {
  try {
    const answer = await database.query(sql, { settings: { freshness } });
    counts.forced++;
    return answer;
  } catch (error) {
    if (!(error instanceof WinnowError) || error.code !== 'INDEX_NOT_USABLE') throw error;
    expect(error.message).toMatch(/its WHERE is not implied|it is sparse/);
    counts.unusable++;
    return undefined;
  }
}

async function checkAll(database: Database, indexTables: readonly IndexTableSpec[]): Promise<void> {
  for (const { name, create } of indexTables) {
    const [found] = await database.query<Record<string, unknown>>(`CHECK INDEX TABLE ${name}`);
    expect(found, create).toMatchObject({ missing: 0n, orphaned: 0n, different: 0n });
  }
}

async function run(database: Database, given: Scenario): Promise<void> {
  await database.query(given.createTable);
  const [late, ...early] = given.indexTables;
  for (const { create } of early) await database.query(create);
  for (const [i, writes] of given.rounds.entries()) {
    for (const write of writes) await database.query(write);
    // One is built over rows that are there.
    if (i === 0) await database.query(late!.create);
    await compareAll(database, given, 'strong');
  }
}

async function runThrough(folder: string, given: Scenario): Promise<void> {
  const database = await open(folder);
  try {
    await run(database, given);
  } finally {
    await database.close();
  }
  const again = await open(folder);
  try {
    await compareAll(again, given, 'strong');
    await again.query('SYSTEM START LANES');
    await again.drain();
    await compareAll(again, given, 'eventual');
    await checkAll(again, given.indexTables);
    for (const { name } of given.indexTables) {
      const [shown] = await again.query<{ statement: string }>(`SHOW CREATE TABLE ${name}`);
      await again.query(`DROP INDEX TABLE ${name}`);
      await again.query(shown!.statement);
      expect(await again.query(`SHOW CREATE TABLE ${name}`)).toEqual([shown]);
    }
    await compareAll(again, given, 'eventual');
  } finally {
    await again.close();
  }
}

test(
  'index tables of every kind hold what they are defined to, and answer as the row table does',
  { timeout: 600_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(scenario, (given) => inFolder((folder) => runThrough(folder, given))),
      { numRuns: runs, seed, endOnFailure: true },
    );
    console.log(`seed ${seed}: ${JSON.stringify(counts)}`);
    expect(counts.forced).toBeGreaterThan(2 * counts.comparisons);
  },
);
