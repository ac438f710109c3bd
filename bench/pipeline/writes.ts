// writes.ts — what each secondary index adds to durable writes: the same rows into every engine, with 0, 1, 2 and 4.
//
// Time runs until the last write is acknowledged and nothing is left to do behind it: index tables are applied.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mediansOf, startStopwatch } from '../measure.ts';
import type { Measured } from '../measure.ts';
import type { OpenOrders, OrdersEngine, OrdersStore } from './engine.ts';
import { createOrders, inBatches, orderText, writeAll } from './orders.ts';
import type { Order } from './orders.ts';
import type { PipelineOptions } from './run.ts';

export type WriteFigure = Measured & { readonly indexCount: number };

export type WritesResult = {
  readonly engines: readonly Pick<OrdersEngine, 'name' | 'version' | 'durability'>[];
  readonly figures: readonly WriteFigure[];
};

type Mode = {
  readonly name: string;
  readonly batchRows: number;
  readonly writers: number;
  readonly rows: number;
};

type Contender = { readonly engine: OrdersEngine; readonly indexCount: number; readonly store: OrdersStore };

const INDEX_COUNTS = [0, 1, 2, 4];
const SEED = 4;
const LOADED_ROWS = 100_000;
const LOAD_BATCH_ROWS = 1_000;
const CHECKED_BUYERS = 200;

const modes: readonly Mode[] = [
  { name: 'commits of 1 row, 16 writers', batchRows: 1, writers: 16, rows: 800 },
  { name: 'commits of 100 rows, 4 writers', batchRows: 100, writers: 4, rows: 20_000 },
];

/** Rejects when two stores answer differently. */
export async function measureWrites(
  openers: readonly OpenOrders[],
  folder: string,
  { rounds, log }: PipelineOptions,
): Promise<WritesResult> {
  const engines: OrdersEngine[] = [];
  try {
    for (const [i, openEngine] of openers.entries()) {
      await mkdir(join(folder, String(i)));
      engines.push(await openEngine(join(folder, String(i))));
    }
    const orders = createOrders(SEED);
    const contenders = await loadAll(engines, orders.added(LOADED_ROWS), log);
    const figures: WriteFigure[] = [];
    for (const mode of modes) {
      log(`writes, ${mode.name}`);
      figures.push(...(await measureMode(contenders, mode, () => orders.mixed(mode.rows), rounds)));
    }
    await compareAnswers(contenders);
    return { engines, figures };
  } finally {
    for (const engine of engines) await engine.close();
  }
}

async function loadAll(
  engines: readonly OrdersEngine[],
  rows: readonly Order[],
  log: (text: string) => void,
): Promise<Contender[]> {
  const contenders: Contender[] = [];
  for (const engine of engines) {
    log(`writes, loading ${engine.name}`);
    for (const indexCount of INDEX_COUNTS) {
      const store = await engine.open(indexCount);
      await writeAll(inBatches(rows, LOAD_BATCH_ROWS), 1, (batch) => store.put(batch));
      await store.settle();
      contenders.push({ engine, indexCount, store });
    }
  }
  return contenders;
}

/** A round to warm up, then `rounds`; everyone takes a turn in each, with the same rows. */
async function measureMode(
  contenders: readonly Contender[],
  mode: Mode,
  nextRows: () => Order[],
  rounds: number,
): Promise<WriteFigure[]> {
  const figures = contenders.map((): { us: number; cpuUs: number }[] => []);
  for (let round = 0; round <= rounds; round++) {
    const batches = inBatches(nextRows(), mode.batchRows);
    for (let turn = 0; turn < contenders.length; turn++) {
      const which = (turn + round) % contenders.length;
      const figure = await measureRound(contenders[which]!, batches, mode);
      if (round > 0) figures[which]!.push(figure);
    }
  }
  return contenders.map(({ engine, indexCount }, i) => ({
    operation: mode.name,
    engine: engine.name,
    indexCount,
    ...mediansOf(figures[i]!),
    calls: rounds * mode.rows,
  }));
}

async function measureRound(
  { engine, store }: Contender,
  batches: readonly (readonly Order[])[],
  { writers, rows }: Mode,
): Promise<{ us: number; cpuUs: number }> {
  const outsideUs = engine.outsideCpuUs();
  const stopwatch = startStopwatch();
  await writeAll(batches, writers, (batch) => store.put(batch));
  await store.settle();
  const { us, cpuUs } = stopwatch();
  return { us: us / rows, cpuUs: (cpuUs + engine.outsideCpuUs() - outsideUs) / rows };
}

async function compareAnswers(contenders: readonly Contender[]): Promise<void> {
  const [first, ...others] = contenders;
  const textOf = async ({ store }: Contender, buyer: number): Promise<string> =>
    (await store.byBuyer(buyer)).map(orderText).sort().join('\n');
  for (let buyer = 0; buyer < CHECKED_BUYERS; buyer++) {
    const expected = await textOf(first!, buyer);
    for (const other of others) {
      const found = await textOf(other, buyer);
      if (found !== expected)
        throw new Error(
          `buyer ${buyer}: ${other.engine.name} with ${other.indexCount} indexes answers\n${found}\ninstead of\n${expected}`,
        );
    }
  }
}
