// inserts.ts — the same file into a new table of every engine, in turns; then the size of what lies on disk.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mediansOf, type Measured, startStopwatch } from '../measure.ts';
import type { OpenOrdersEngine, OrdersEngine } from './engine.ts';
import { writeOrders } from './orders-file.ts';

export type InsertFigure = Measured & { readonly rows: number; readonly sizeBytes: number };

export type InsertsResult = {
  readonly engines: readonly Pick<OrdersEngine, 'name' | 'version' | 'storage'>[];
  readonly figures: readonly InsertFigure[];
};

export type InsertsOptions = {
  readonly rowCounts: readonly number[];
  readonly rounds: number;
  readonly log: (text: string) => void;
};

/** Rejects when two engines answer differently. */
export async function measureInserts(
  openers: readonly OpenOrdersEngine[],
  folder: string,
  options: InsertsOptions,
): Promise<InsertsResult> {
  const engines: OrdersEngine[] = [];
  try {
    for (const [i, openEngine] of openers.entries()) {
      await mkdir(join(folder, String(i)));
      engines.push(await openEngine(join(folder, String(i))));
    }
    const figures: InsertFigure[] = [];
    for (const rows of options.rowCounts) {
      const path = join(folder, `orders-${rows}.tsv`);
      options.log(`writing ${rows.toLocaleString('en-US')} orders`);
      await writeOrders(path, rows);
      figures.push(...(await insertInTurns(engines, path, rows, options)));
    }
    return { engines, figures };
  } finally {
    for (const engine of engines) await engine.close();
  }
}

/** A round to warm up, then those that count. */
async function insertInTurns(
  engines: readonly OrdersEngine[],
  path: string,
  rows: number,
  { rounds, log }: InsertsOptions,
): Promise<InsertFigure[]> {
  const figures = engines.map((): { us: number; cpuUs: number }[] => []);
  const sizes = engines.map(() => 0);
  for (let round = 0; round <= rounds; round++) {
    log(`insert of ${rows.toLocaleString('en-US')} rows, round ${round} of ${rounds}`);
    const summaries: string[] = [];
    for (let turn = 0; turn < engines.length; turn++) {
      const which = (turn + round) % engines.length;
      const engine = engines[which]!;
      await engine.createTable();
      const stopwatch = startStopwatch();
      await engine.insert(path);
      const figure = stopwatch();
      if (round > 0) figures[which]!.push(figure);
      summaries.push(summaryText(await engine.summary()));
      if (round === rounds) sizes[which] = await engine.sizeBytes();
      // Else parts would be merged while another one is measured.
      await engine.createTable();
    }
    if (new Set(summaries).size > 1)
      throw new Error(`the engines answer differently:\n${summaries.join('\n')}`);
  }
  return engines.map((engine, i) => ({
    operation: `insert of ${rows.toLocaleString('en-US')} rows`,
    engine: engine.name,
    ...mediansOf(figures[i]!),
    calls: rounds,
    rows,
    sizeBytes: sizes[i]!,
  }));
}

/** Times and days as the same text, numbers without trailing zeros. */
function summaryText(row: readonly unknown[]): string {
  return row
    .map((value) =>
      value instanceof Date
        ? value
            .toISOString()
            .replace('T', ' ')
            .replace(/( 00:00:00)?\.000Z$/, '')
        : String(value),
    )
    .map((text) => (/^\d+\.\d+$/.test(text) ? String(Number(text)) : text))
    .join(', ');
}
