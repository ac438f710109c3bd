// lag.ts — how long an index table is behind its row table while changes come at a steady rate.
//
// The lag of a change is the time from its acknowledgement until the watermark of the index table has passed it.
// Reads are exact all the same: it is the length of the tail that they overlay.

import { setTimeout as sleep } from 'node:timers/promises';
import { lowestOf } from '../../src/catalog/access.ts';
import { engineOf } from '../../src/engine/database.ts';
import { open } from '../../src/index.ts';
import type { Database } from '../../src/index.ts';
import { median, percentile } from '../measure.ts';
import { createIndexTableSql, createOrders, createTableSql, orderIndexes } from './orders.ts';
import type { Order, Orders } from './orders.ts';
import type { PipelineOptions } from './run.ts';

export type LagFigure = {
  readonly layout: string;
  readonly lanes: number;
  readonly askedPerSecond: number;
  readonly reachedPerSecond: number;
  readonly batchRows: number;
  /** Milliseconds, of each round; then the rounds' medians. */
  readonly p99Rounds: readonly number[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Processors in use, on average: 1 is one of them all the time. */
  readonly processors: number;
};

type Round = Pick<LagFigure, 'reachedPerSecond' | 'p50Ms' | 'p99Ms' | 'processors'>;

/** Half of the rate that Winnow is to apply. */
const ASKED_PER_SECOND = 50_000;
const BATCH_ROWS = [100, 1_000];
const SEED = 6;
const LOADED_ROWS = 50_000;
const ROUND_MS = 2_000;
const WATCH_MS = 1;

const indexTables = [
  { layout: 'KEYS', index: orderIndexes[0]! },
  { layout: 'COVERING', index: orderIndexes[1]! },
];

export async function measureLag(folder: string, { rounds, log }: PipelineOptions): Promise<LagFigure[]> {
  const figures: LagFigure[] = [];
  for (const { layout, index } of indexTables)
    for (const lanes of [1, 2]) {
      const database = await open(`${folder}/${layout}_${lanes}`);
      try {
        const orders = createOrders(SEED);
        await database.query(createTableSql);
        await database.query(createIndexTableSql(index, lanes));
        await database.table<Order>('orders').putMany(orders.added(LOADED_ROWS));
        await database.drain();
        for (const batchRows of BATCH_ROWS) {
          log(`lag of ${layout}, ${lanes} lanes, transactions of ${batchRows}`);
          const measured: Round[] = [];
          for (let round = 0; round <= rounds; round++) {
            const figure = await measureRound(database, orders, batchRows);
            if (round > 0) measured.push(figure);
          }
          figures.push({
            layout,
            lanes,
            askedPerSecond: ASKED_PER_SECOND,
            batchRows,
            ...mediansOf(measured),
          });
        }
      } finally {
        await database.close();
      }
    }
  return figures;
}

/** A writer that is late does not wait, so the rate is kept as long as it can be. */
async function measureRound(database: Database, orders: Orders, batchRows: number): Promise<Round> {
  const table = database.table<Order>('orders');
  const stopwatch = startCpu();
  const startMs = performance.now();
  const watch = watchLag(database);
  const pending = new Set<Promise<void>>();
  let written = 0;
  while (performance.now() - startMs < ROUND_MS) {
    const dueMs = startMs + (1_000 * written) / ASKED_PER_SECOND;
    const earlyMs = dueMs - performance.now();
    if (earlyMs > 0) await sleep(Math.ceil(earlyMs));
    // More than a fifth of a second late: the rate is not reached, and a longer queue would only measure itself.
    if (pending.size * batchRows > ASKED_PER_SECOND / 5) await Promise.race(pending);
    const write = table.putMany(orders.mixed(batchRows)).then(({ sequence }) => watch.acknowledged(sequence));
    pending.add(write);
    void write.finally(() => pending.delete(write));
    written += batchRows;
  }
  await Promise.all(pending);
  const elapsedMs = performance.now() - startMs;
  const processors = stopwatch() / elapsedMs;
  const lags = await watch.end();
  return {
    reachedPerSecond: (1_000 * written) / elapsedMs,
    p50Ms: percentile(lags, 50),
    p99Ms: percentile(lags, 99),
    processors,
  };
}

function startCpu(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  };
}

/** Looks at the watermark every millisecond, and at each acknowledgement. */
function watchLag(database: Database): { acknowledged(sequence: number): void; end(): Promise<number[]> } {
  const { store } = engineOf(database);
  const tableId = store.rowTables('default')[0]!.id;
  const waiting: { readonly sequence: number; readonly sinceMs: number }[] = [];
  const lags: number[] = [];
  const look = (): void => {
    const applied = lowestOf(store.status(tableId).indexTables[0]!.positions);
    const nowMs = performance.now();
    while (waiting.length > 0 && waiting[0]!.sequence <= applied) lags.push(nowMs - waiting.shift()!.sinceMs);
  };
  const timer = setInterval(look, WATCH_MS);
  return {
    acknowledged(sequence) {
      waiting.push({ sequence, sinceMs: performance.now() });
      look();
    },
    async end() {
      while (waiting.length > 0) await sleep(WATCH_MS);
      clearInterval(timer);
      return lags;
    },
  };
}

function mediansOf(rounds: readonly Round[]): Round & Pick<LagFigure, 'p99Rounds'> {
  const of = (key: keyof Round): number => median(rounds.map((round) => round[key]));
  return {
    reachedPerSecond: of('reachedPerSecond'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
    processors: of('processors'),
    p99Rounds: rounds.map(({ p99Ms }) => p99Ms),
  };
}
