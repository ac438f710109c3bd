// simulated-queries.ts — SELECT through the planner and the executor, compared with the history as its freshness allows.

import { must } from '../base/assert.ts';
import type { Database } from '../engine/api.ts';
import type { Sequence } from '../log/change.ts';
import type { ModelRow } from './history.ts';
import { entryOf, rowsOf, type ModelIndex } from './model.ts';
import type { World } from './world.ts';
import { compare, isTooLate } from './simulated-checks.ts';

type Query = {
  readonly index: ModelIndex;
  readonly sql: string;
  /** Which rows it asks for. */
  readonly wants: (row: ModelRow) => boolean;
};

export async function checkQuery(world: World, database: Database, index: ModelIndex): Promise<void> {
  const { random, history, counts } = world;
  const query = drawQuery(world, index);
  const freshness = random.chance(0.6) ? 'strong' : random.pick(['session', 'bounded:5', 'eventual']);
  const seen = history.acknowledged;
  const position = freshness === 'session' ? `, position = ${seen}` : '';
  try {
    const answer = await database.execute(`${query.sql} SETTINGS freshness = '${freshness}'${position}`);
    const found: ModelRow[] = [];
    for await (const block of answer.blocks) found.push(...rowsOf(block));
    const { sequence } = must(answer.freshness(), 'a stored table was read');
    if (freshness === 'session' && sequence < seen)
      throw new Error(`a session that saw ${seen} is answered as of ${sequence}`);
    if (freshness === 'strong') compareExactly(world, query, sequence, found);
    else compareLoosely(world, query, sequence, found);
    counts.queries++;
  } catch (error) {
    if (!isTooLate(error)) throw error;
    counts.fallbacks++;
  }
}

function drawQuery({ random }: World, index: ModelIndex): Query {
  const [a, n] = [random.int(4), random.int(1000)];
  const condition = random.pick<{ sql: string; holds: (row: ModelRow) => boolean }>([
    { sql: `a = ${a}`, holds: (row) => row.a === a },
    { sql: `a % 2 = 1 AND n < ${n}`, holds: (row) => row.a % 2 === 1 && row.n < n },
    { sql: `n >= ${n}`, holds: (row) => row.n >= n },
    { sql: `b = 'x'`, holds: (row) => row.b === 'x' },
    { sql: `b IS NULL AND a >= ${a}`, holds: (row) => row.b === null && row.a >= a },
    { sql: '1', holds: () => true },
  ]);
  const isForced = random.chance(0.6);
  const from = isForced ? `${index.table} USE INDEX (${index.name})` : index.table;
  const where = isForced && index.where !== '' ? `${index.where} AND ${condition.sql}` : condition.sql;
  return {
    index,
    sql: `SELECT id, a, b, n FROM ${from} WHERE ${where}`,
    wants: (row) => (!isForced || index.holds(row)) && condition.holds(row),
  };
}

function compareExactly(
  { history }: World,
  query: Query,
  sequence: Sequence,
  found: readonly ModelRow[],
): void {
  const expected = history.at(query.index.table, sequence).filter(query.wants);
  const [left, right] = [found, expected].map((rows) => rows.map((row) => entryOf(row)));
  compare(`${query.sql} at ${sequence}`, left!, right!);
}

/** Every row was as it is shown at some moment from `sequence` on; one that did not change since is shown. */
function compareLoosely(
  { history }: World,
  query: Query,
  sequence: Sequence,
  found: readonly ModelRow[],
): void {
  const { table } = query.index;
  const moments = [sequence, ...history.between(sequence, Number.POSITIVE_INFINITY)];
  const states = moments.map((moment) => new Set(history.at(table, moment).map((row) => entryOf(row).text)));
  const shown = new Set(found.map((row) => entryOf(row).text));
  const invented = [...shown].find((text) => !states.some((state) => state.has(text)));
  if (invented !== undefined)
    throw new Error(`${query.sql} shows ${invented}, which was not so from ${sequence} on`);
  if (!found.every(query.wants)) throw new Error(`${query.sql} shows a row that it does not ask for`);
  const lasting = history
    .at(table, sequence)
    .filter(query.wants)
    .map((row) => entryOf(row).text);
  const missing = lasting.find((text) => !shown.has(text) && states.every((state) => state.has(text)));
  if (missing !== undefined)
    throw new Error(`${query.sql} does not show ${missing}, which has been so from ${sequence} on`);
}
