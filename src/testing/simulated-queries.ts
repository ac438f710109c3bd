// simulated-queries.ts — SELECT through the planner and the executor, compared with the history at the answer's read point.

import { must } from '../base/assert.ts';
import type { Database } from '../engine/api.ts';
import type { ModelRow } from './history.ts';
import { entryOf, rowsOf, type ModelIndex } from './model.ts';
import type { World } from './world.ts';
import { compare, isTooLate } from './simulated-checks.ts';

type Condition = { readonly sql: string; readonly holds: (row: ModelRow) => boolean };

export async function checkQuery(world: World, database: Database, index: ModelIndex): Promise<void> {
  const { random, history } = world;
  const condition = drawCondition(world);
  const forced = random.chance(0.6);
  const from = forced ? `${index.table} USE INDEX (${index.name})` : index.table;
  const where = forced && index.where !== '' ? `${index.where} AND ${condition.sql}` : condition.sql;
  const wanted = (row: ModelRow): boolean => (!forced || index.holds(row)) && condition.holds(row);
  try {
    const { blocks, freshness } = await database.execute(`SELECT id, a, b, n FROM ${from} WHERE ${where}`);
    const found: ModelRow[] = [];
    for await (const block of blocks) found.push(...rowsOf(block));
    const { sequence } = must(freshness(), 'a stored table was read');
    const expected = history.at(index.table, sequence).filter(wanted);
    compare(
      `SELECT … FROM ${from} WHERE ${where}`,
      found.map((row) => entryOf(row)),
      expected.map((row) => entryOf(row)),
    );
    world.counts.queries++;
  } catch (error) {
    if (!isTooLate(error)) throw error;
    world.counts.fallbacks++;
  }
}

function drawCondition({ random }: World): Condition {
  const [a, n] = [random.int(4), random.int(1000)];
  return random.pick<Condition>([
    { sql: `a = ${a}`, holds: (row) => row.a === a },
    { sql: `a % 2 = 1 AND n < ${n}`, holds: (row) => row.a % 2 === 1 && row.n < n },
    { sql: `n >= ${n}`, holds: (row) => row.n >= n },
    { sql: `b = 'x'`, holds: (row) => row.b === 'x' },
    { sql: `b IS NULL AND a >= ${a}`, holds: (row) => row.b === null && row.a >= a },
    { sql: '1', holds: () => true },
  ]);
}
