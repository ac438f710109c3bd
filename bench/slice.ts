// slice.ts — the benchmark of the whole path: load, point reads, reads through both indexes, ranges, durable puts.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlightsFile } from '../demo/flights/flights-file.ts';
import type { FlightsFile } from '../demo/flights/flights-file.ts';
import type { Engine, EngineRow, OpenEngine } from './engine.ts';
import { flightText } from './engine.ts';
import { measure, mediansOf, startStopwatch } from './measure.ts';
import type { Measured } from './measure.ts';
import { putOperations, readOperations } from './operations.ts';
import type { Operation } from './operations.ts';

export type SliceOptions = {
  readonly rows: number;
  readonly rounds: number;
  readonly log: (text: string) => void;
};

export type SliceResult = {
  readonly engines: readonly Pick<Engine, 'name' | 'version' | 'durability'>[];
  readonly measured: readonly Measured[];
};

const CHECKED_READS = 100;
/** The slowest engine puts at least this often. */
const CHECKED_PUTS = 3;

/** Loads the flights into every engine and measures. Rejects when two engines answer differently. */
export async function runSlice(openers: readonly OpenEngine[], options: SliceOptions): Promise<SliceResult> {
  const folder = await mkdtemp(join(tmpdir(), 'winnow-bench-'));
  const file = await openFlightsFile(options.rows);
  let engines: readonly Engine[] = [];
  try {
    const loads = await measureLoad(openers, file, folder, options);
    ({ engines } = loads);
    return { engines, measured: [...loads.measured, ...(await measureCalls(engines, file, options))] };
  } finally {
    for (const engine of engines) await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Fills new stores, every engine in turn, round after round; those of the last round stay open. */
async function measureLoad(
  openers: readonly OpenEngine[],
  file: FlightsFile,
  folder: string,
  { rounds, log }: SliceOptions,
): Promise<{ engines: Engine[]; measured: Measured[] }> {
  const figures = openers.map((): { us: number; cpuUs: number }[] => []);
  const kept: Engine[] = [];
  for (let round = 1; round <= rounds; round++) {
    log(`load, round ${round} of ${rounds}`);
    for (const [i, openEngine] of openers.entries()) {
      const storeFolder = join(folder, `${round}-${i}`);
      await mkdir(storeFolder);
      const engine = await openEngine(storeFolder);
      const stopwatch = startStopwatch();
      await engine.load(file);
      const { us, cpuUs } = stopwatch();
      figures[i]!.push({ us: us / file.rowCount, cpuUs: cpuUs / file.rowCount });
      if (round === rounds) kept.push(engine);
      else await engine.close().then(() => rm(storeFolder, { recursive: true }));
    }
  }
  const measured = kept.map(({ name }, i) => ({
    operation: `load of ${file.rowCount.toLocaleString('en-US')} rows, per row`,
    engine: name,
    ...mediansOf(figures[i]!),
    calls: rounds,
  }));
  return { engines: kept, measured };
}

async function measureCalls(
  engines: readonly Engine[],
  file: FlightsFile,
  { rounds, log }: SliceOptions,
): Promise<Measured[]> {
  const reads = await readOperations(file);
  const puts = putOperations(file.rowCount);
  log('comparing answers');
  for (const read of reads) await compareAnswers(engines, read, CHECKED_READS);
  const measured: Measured[] = [];
  for (const operation of [...reads, ...puts]) {
    log(operation.name);
    measured.push(...(await measure(engines, operation, rounds)));
  }
  for (const put of puts) await compareAnswers(engines, put, CHECKED_PUTS);
  return measured;
}

/** Rejects unless all engines give the same rows, in any order, to the first `calls` calls. */
async function compareAnswers(
  engines: readonly Engine[],
  { name, answer }: Operation,
  calls: number,
): Promise<void> {
  for (let call = 0; call < calls; call++) {
    const answers: string[] = [];
    for (const engine of engines) answers.push(answerText(await answer(engine, call)));
    const other = answers.findIndex((text) => text !== answers[0]);
    if (other < 0) continue;
    const [first, second] = [engines[0]!, engines[other]!];
    throw new Error(
      `${name}, call ${call}: ${second.name} answers otherwise than ${first.name}\n` +
        `${first.name}:\n${answers[0]}\n${second.name}:\n${answers[other]}`,
    );
  }
}

const answerText = (rows: readonly EngineRow[]): string => rows.map(flightText).sort().join('\n');
