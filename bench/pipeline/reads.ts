// reads.ts — what a fresh answer costs: the same reads through an index table with freshness strong and eventual.

import { setTimeout as sleep } from 'node:timers/promises';
import { open } from '../../src/index.ts';
import type { Database } from '../../src/index.ts';
import { measure } from '../measure.ts';
import type { Measured } from '../measure.ts';
import { createIndexTableSql, createOrders, createTableSql, inBatches, orderIndexes } from './orders.ts';
import type { Order, Orders } from './orders.ts';
import type { PipelineOptions } from './run.ts';

/** `engine` is the freshness. */
export type ReadFigure = Measured & { readonly pipeline: string };

type Contender = { readonly name: 'strong' | 'eventual'; ask(sql: string): Promise<unknown> };

const SEED = 7;
const LOADED_ROWS = 200_000;
const LOAD_BATCH_ROWS = 1_000;
const WRITTEN_PER_SECOND = 10_000;
const WRITE_BATCH_ROWS = 100;
const STALLED_CHANGES = 20_000;

const reads: readonly { readonly name: string; sql(call: number): string }[] = [
  {
    name: 'orders of a buyer, KEYS',
    sql: (call) => `SELECT * FROM orders USE INDEX (by_buyer) WHERE buyer_id = ${call % 20_000}`,
  },
  {
    name: 'orders of a seller, COVERING',
    sql: (call) =>
      `SELECT seller_id, status, amount, created_at FROM orders USE INDEX (by_seller) WHERE seller_id = ${call % 2_000}`,
  },
];

export async function measureReads(folder: string, options: PipelineOptions): Promise<ReadFigure[]> {
  const { log } = options;
  const database = await open(folder);
  const orders = createOrders(SEED);
  try {
    await database.query(createTableSql);
    for (const index of orderIndexes.slice(0, 2)) await database.query(createIndexTableSql(index));
    await put(database, orders.added(LOADED_ROWS));
    await database.drain();
    log('reads, pipeline idle');
    const idle = await measureAll(database, 'idle', options);
    log(`reads, ${WRITTEN_PER_SECOND} changes/s`);
    const stopWriting = startWriting(database, orders);
    const loaded = await measureAll(
      database,
      `${WRITTEN_PER_SECOND.toLocaleString('en-US')} changes/s`,
      options,
    );
    await stopWriting();
    log(`reads, lanes stopped, ${STALLED_CHANGES} changes in the tail`);
    await database.query('SYSTEM STOP LANES');
    await put(database, orders.changed(STALLED_CHANGES));
    const stalled = `lanes stopped, ${STALLED_CHANGES.toLocaleString('en-US')} changes in the tail`;
    return [...idle, ...loaded, ...(await measureAll(database, stalled, options))];
  } finally {
    await database.close();
  }
}

async function measureAll(
  database: Database,
  pipeline: string,
  { rounds }: PipelineOptions,
): Promise<ReadFigure[]> {
  const contenders: readonly Contender[] = (['strong', 'eventual'] as const).map((name) => ({
    name,
    ask: (sql) => database.query(`${sql} SETTINGS freshness = '${name}'`),
  }));
  const figures: ReadFigure[] = [];
  for (const { name, sql } of reads) {
    const call = {
      name,
      figure: 'p50',
      writers: 1,
      run: ({ ask }: Contender, n: number) => ask(sql(n)),
    } as const;
    figures.push(...(await measure(contenders, call, rounds)).map((one) => ({ ...one, pipeline })));
  }
  return figures;
}

async function put(database: Database, orders: readonly Order[]): Promise<void> {
  const table = database.table<Order>('orders');
  for (const batch of inBatches(orders, LOAD_BATCH_ROWS)) await table.putMany(batch);
}

/** Writes at a steady rate until the answer is called; rejects there when a write failed. */
function startWriting(database: Database, orders: Orders): () => Promise<void> {
  let running = true;
  const startMs = performance.now();
  const write = async (): Promise<void> => {
    for (let written = 0; running; written += WRITE_BATCH_ROWS) {
      const earlyMs = startMs + (1_000 * written) / WRITTEN_PER_SECOND - performance.now();
      if (earlyMs > 0) await sleep(earlyMs);
      await put(database, orders.mixed(WRITE_BATCH_ROWS));
    }
  };
  const finished = write();
  return async () => {
    running = false;
    await finished;
  };
}
