// simulate-main.ts — `npm run sim -- --seeds N [--from S] [--corpus FILE]`: many seeds on all cores, one JSON line.
//
// The corpus is a JSON list of seeds that found something once; they run first. A seed means a run only together with the
// model of its time, so each names the model's version, and those of older versions are left out.

import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { modelVersion } from './model.ts';
import { simulateSeed } from './simulate.ts';
import { newCounts, type SimulationCounts } from './world.ts';

type CorpusCase = { readonly seed: number; readonly model: number; readonly found: string };
type Outcome = { readonly counts: SimulationCounts; readonly failures: readonly string[] };

if (isMainThread) await main();
else parentPort!.postMessage(await runSeeds(workerData as number[]));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      corpus: { type: 'string' },
    },
  });
  const [from, count] = [Number(values.from), Number(values.seeds)];
  const known = values.corpus ? await readCorpus(values.corpus) : [];
  const seeds = [...known, ...Array.from({ length: count }, (_, i) => from + i)];
  const threads = Math.min(availableParallelism(), seeds.length);
  const shares = Array.from({ length: threads }, (_, i) => seeds.filter((__, at) => at % threads === i));
  report(count, await Promise.all(shares.map(inWorker)));
}

function report(seeds: number, outcomes: readonly Outcome[]): void {
  const counts = newCounts();
  for (const outcome of outcomes) {
    for (const name of Object.keys(counts) as (keyof SimulationCounts)[])
      counts[name] += outcome.counts[name];
  }
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  const { operations, crashes, overlaidReads, crossShardTransactions, ...others } = counts;
  process.stderr.write(`${JSON.stringify(others)}\n`);
  const untested = Object.entries(counts).filter(([, count]) => count === 0);
  for (const [name] of untested) process.stderr.write(`no ${name}: the run proves nothing\n`);
  const violations = failures.length;
  const line = { seeds, operations, crashes, overlaidReads, crossShardTransactions, violations };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  process.exitCode = violations > 0 || untested.length > 0 ? 1 : 0;
}

async function readCorpus(path: string): Promise<number[]> {
  const cases = JSON.parse(await readFile(path, 'utf8')) as CorpusCase[];
  const current = cases.filter(({ model }) => model === modelVersion);
  const left = cases.length - current.length;
  if (left > 0) process.stderr.write(`${left} seeds of the corpus are of an older model\n`);
  return current.map(({ seed }) => seed);
}

function inWorker(seeds: readonly number[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: seeds });
    let running: number | undefined;
    worker.on('message', (message: number | Outcome) => {
      if (typeof message === 'number') running = message;
      else resolve(message);
    });
    // What fails in the background of a store ends the thread, with the seeds that it had still to run.
    worker.once('error', ({ stack }: Error) =>
      resolve({ counts: newCounts(), failures: [`seed ${running}: ${stack}`] }),
    );
  });
}

async function runSeeds(seeds: readonly number[]): Promise<Outcome> {
  const counts = newCounts();
  const failures: string[] = [];
  for (const seed of seeds) {
    parentPort!.postMessage(seed);
    await simulateSeed(seed, counts).catch((error: unknown) => failures.push(String(error)));
  }
  return { counts, failures };
}
