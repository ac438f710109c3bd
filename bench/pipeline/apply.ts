// apply.ts — how many changes per second reach an index table, with 1 and 2 lanes.
//
// Three situations: a backlog in the tail (lanes were stopped), a backlog in the log (the index table had fallen behind),
// and writers at full speed with lanes running. A change is one row inserted, replaced or deleted.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { insertBlock } from '../../src/engine/insert-block.ts';
import { open } from '../../src/index.ts';
import type { Database, OpenOptions } from '../../src/index.ts';
import { mediansOf, startStopwatch } from '../measure.ts';
import type { Measured } from '../measure.ts';
import {
  createIndexTableSql,
  createOrders,
  createTableSql,
  inBatches,
  orderBlock,
  orderIndexes,
  writeAll,
} from './orders.ts';
import type { Orders } from './orders.ts';
import type { PipelineOptions } from './run.ts';

export type ApplyFigure = Measured & { readonly layout: string; readonly lanes: number };

type IndexTable = { readonly name: string; readonly layout: string; readonly lanes: number };

const SEED = 5;
const LANES = [1, 2];
const WRITERS = 4;
const BATCH_ROWS = 500;

const layouts: readonly { readonly layout: string; sql(name: string, lanes: number): string }[] = [
  { layout: 'KEYS', sql: (name, lanes) => createIndexTableSql({ ...orderIndexes[0]!, name }, lanes) },
  { layout: 'COVERING', sql: (name, lanes) => createIndexTableSql({ ...orderIndexes[1]!, name }, lanes) },
  {
    layout: 'COLUMNAR',
    sql: (name, lanes) =>
      `CREATE INDEX TABLE ${name} ON orders SHARD BY hash(seller_id) INTO 2` +
      ` LAYOUT COLUMNAR (buyer_id, status, amount) ORDER BY (seller_id, created_at) SETTINGS lanes = ${lanes}`,
  },
];

const backlogs: readonly { readonly name: string; readonly settings: OpenOptions['settings'] }[] = [
  { name: 'backlog in the tail', settings: { tail_max_changes: 100_000_000, tail_max_bytes: 8 * 1024 ** 3 } },
  { name: 'backlog in the log', settings: { tail_max_changes: 1_000, tail_max_write_delay_ms: 0 } },
];

export async function measureApply(folder: string, options: PipelineOptions): Promise<ApplyFigure[]> {
  const figures: ApplyFigure[] = [];
  for (const [i, backlog] of backlogs.entries())
    figures.push(...(await measureBacklog(join(folder, String(i)), backlog, options)));
  return [...figures, ...(await measureSustained(join(folder, 'sustained'), options))];
}

/** All index tables are stopped while the changes are written, and then catch up one after the other. */
async function measureBacklog(
  folder: string,
  { name, settings }: (typeof backlogs)[number],
  { changes, rounds, log }: PipelineOptions,
): Promise<ApplyFigure[]> {
  const database = await open(folder, { settings });
  try {
    await database.query(createTableSql);
    const tables: IndexTable[] = [];
    for (const lanes of LANES)
      for (const { layout, sql } of layouts) {
        const table = { name: `${layout.toLowerCase()}_${lanes}`, layout, lanes };
        await database.query(sql(table.name, lanes));
        tables.push(table);
      }
    const figures = tables.map((): { us: number; cpuUs: number }[] => []);
    const orders = createOrders(SEED);
    for (let round = 0; round <= rounds; round++) {
      log(`${name}, round ${round} of ${rounds}`);
      for (const table of tables) await database.query(`SYSTEM STOP LANES ${table.name}`);
      await writeChanges(database, orders, changes);
      for (let turn = 0; turn < tables.length; turn++) {
        const which = (turn + round) % tables.length;
        const stopwatch = startStopwatch();
        await database.query(`SYSTEM START LANES ${tables[which]!.name}`);
        await database.drain();
        const { us, cpuUs } = stopwatch();
        if (round > 0) figures[which]!.push({ us: us / changes, cpuUs: cpuUs / changes });
        await database.query(`SYSTEM STOP LANES ${tables[which]!.name}`);
      }
      for (const table of tables) await checkEqual(database, table.name);
    }
    return tables.map((table, i) => figureOf(name, table, figures[i]!, changes));
  } finally {
    await database.close();
  }
}

/** One store for each index table: the writers' time is part of the figure. */
async function measureSustained(
  folder: string,
  { changes, rounds, log }: PipelineOptions,
): Promise<ApplyFigure[]> {
  await mkdir(folder);
  const contenders: { readonly table: IndexTable; readonly database: Database; readonly orders: Orders }[] =
    [];
  try {
    for (const lanes of LANES)
      for (const { layout, sql } of layouts) {
        const database = await open(join(folder, `${layout}_${lanes}`));
        contenders.push({ table: { name: 'followed', layout, lanes }, database, orders: createOrders(SEED) });
        await database.query(createTableSql);
        await database.query(sql('followed', lanes));
      }
    const figures = contenders.map((): { us: number; cpuUs: number }[] => []);
    for (let round = 0; round <= rounds; round++) {
      log(`writers at full speed, round ${round} of ${rounds}`);
      for (let turn = 0; turn < contenders.length; turn++) {
        const which = (turn + round) % contenders.length;
        const { database, orders } = contenders[which]!;
        const { us, cpuUs } = await writeChanges(database, orders, changes);
        if (round > 0) figures[which]!.push({ us: us / changes, cpuUs: cpuUs / changes });
      }
    }
    for (const { database, table } of contenders) await checkEqual(database, table.name);
    return contenders.map(({ table }, i) => figureOf('writers at full speed', table, figures[i]!, changes));
  } finally {
    for (const { database } of contenders) await database.close();
  }
}

/** Five of ten changes add an order, four replace one, one deletes one. Times them until running lanes have followed. */
async function writeChanges(
  database: Database,
  orders: Orders,
  changes: number,
): Promise<{ us: number; cpuUs: number }> {
  const blocks = inBatches(orders.added(changes * 0.5), BATCH_ROWS).map(orderBlock);
  const replacing = inBatches(orders.changed(changes * 0.4), BATCH_ROWS).map(orderBlock);
  const removed = inBatches(orders.removed(changes * 0.1), BATCH_ROWS);
  const table = database.table('orders');
  const stopwatch = startStopwatch();
  await writeAll([...blocks, ...replacing], WRITERS, (block) => insertBlock(database, 'orders', block));
  await writeAll(removed, WRITERS, (ids) => Promise.all(ids.map((order_id) => table.delete({ order_id }))));
  await database.drain();
  return stopwatch();
}

function figureOf(
  operation: string,
  { layout, lanes }: IndexTable,
  rounds: readonly { us: number; cpuUs: number }[],
  changes: number,
): ApplyFigure {
  return { operation, engine: 'winnow', layout, lanes, ...mediansOf(rounds), calls: changes * rounds.length };
}

/** Rejects unless the index table holds the rows that the row table holds. */
async function checkEqual(database: Database, name: string): Promise<void> {
  const ask = async (path: string): Promise<string> => {
    const sums =
      'count() AS n, sum(order_id) AS a, sum(seller_id) AS b, sum(created_at) AS c, sum(status) AS d';
    return JSON.stringify(
      await database.query(`SELECT ${sums} FROM orders USE INDEX (${path}) WHERE seller_id < 1500`),
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );
  };
  const [expected, found] = [await ask('PRIMARY'), await ask(name)];
  if (found !== expected) throw new Error(`${name} answers ${found} instead of ${expected}`);
}
