// run.ts — the benchmark of aggregates: fill every engine with the same flights, compare the answers, measure hot.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlightsFile } from '../../demo/flights/flights-file.ts';
import { measure } from '../measure.ts';
import type { Measured } from '../measure.ts';
import { requireSameAnswers } from './answers.ts';
import type { NamedAnswer } from './answers.ts';
import type { Contender, FactsEngine, OpenFacts } from './facts.ts';
import { flightsQueries } from './queries.ts';
import type { FlightsQuery } from './queries.ts';

export type FlightsOptions = {
  readonly rows: number;
  readonly rounds: number;
  /** Every query is measured with each of these numbers of threads. */
  readonly threads: readonly number[];
  readonly log: (text: string) => void;
};

/** One query of one contender; `operation` is the query's name. */
export type Figure = Measured &
  Pick<Contender, 'variant' | 'texts'> &
  Pick<FlightsQuery, 'kind'> & { readonly threads: number };

export type FlightsResult = {
  readonly engines: readonly Pick<FactsEngine, 'name' | 'version' | 'storage'>[];
  readonly figures: readonly Figure[];
};

/** Rejects when two engines answer differently. */
export async function runFlights(
  openers: readonly OpenFacts[],
  options: FlightsOptions,
): Promise<FlightsResult> {
  const folder = await mkdtemp(join(tmpdir(), 'winnow-bench-'));
  const file = await openFlightsFile(options.rows);
  const engines: FactsEngine[] = [];
  try {
    for (const [i, openFacts] of openers.entries()) {
      await mkdir(join(folder, String(i)));
      const engine = await openFacts(join(folder, String(i)));
      engines.push(engine);
      options.log(`loading ${file.rowCount.toLocaleString('en-US')} flights into ${engine.name}`);
      await engine.load(file);
    }
    const contenders = engines.flatMap((engine) => engine.contenders);
    return { engines, figures: await measureAll(contenders, options) };
  } finally {
    for (const engine of engines) await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureAll(
  contenders: readonly Contender[],
  { rounds, threads, log }: FlightsOptions,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const count of threads) {
    for (const query of flightsQueries) {
      log(`${query.name}, ${count} ${count === 1 ? 'thread' : 'threads'}`);
      await compareAnswers(contenders, query, count);
      const measured = await measure(
        contenders,
        { name: query.name, figure: 'p50', writers: 1, run: ({ ask }) => ask(query, count) },
        rounds,
      );
      measured.forEach((one, i) => {
        const { engine, variant, texts } = contenders[i]!;
        figures.push({ ...one, engine, variant, texts, kind: query.kind, threads: count });
      });
    }
  }
  return figures;
}

async function compareAnswers(
  contenders: readonly Contender[],
  query: FlightsQuery,
  threads: number,
): Promise<void> {
  const answers: NamedAnswer[] = [];
  for (const { name, ask } of contenders) answers.push({ name, rows: await ask(query, threads) });
  requireSameAnswers(query, answers);
}
