// simulate-main.ts — `npm run sim -- --seeds N [--from S]`: many seeds on all cores, one JSON line.

import { availableParallelism } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { simulateSeed } from './simulate.ts';
import { newCounts, type SimulationCounts } from './world.ts';

/** Seeds from, from + step, … below end. */
type Share = { readonly from: number; readonly end: number; readonly step: number };
type Outcome = {
  readonly seeds: number;
  readonly counts: SimulationCounts;
  readonly failures: readonly string[];
};

if (isMainThread) await main();
else parentPort!.postMessage(await runShare(workerData as Share));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } },
  });
  const from = Number(values.from);
  const step = Math.min(availableParallelism(), Number(values.seeds));
  const outcomes = await Promise.all(
    Array.from({ length: step }, (_, i) =>
      inWorker({ from: from + i, end: from + Number(values.seeds), step }),
    ),
  );
  const counts = newCounts();
  for (const outcome of outcomes) {
    for (const name of Object.keys(counts) as (keyof SimulationCounts)[])
      counts[name] += outcome.counts[name];
  }
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  const untested = Object.entries(counts).filter(([, count]) => count === 0);
  for (const [name] of untested) process.stderr.write(`no ${name}: the run proves nothing\n`);
  const seeds = outcomes.reduce((total, outcome) => total + outcome.seeds, 0);
  process.stdout.write(`${JSON.stringify({ seeds, ...counts, violations: failures.length })}\n`);
  process.exitCode = failures.length > 0 || untested.length > 0 ? 1 : 0;
}

function inWorker(share: Share): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function runShare({ from, end, step }: Share): Promise<Outcome> {
  const counts = newCounts();
  const failures: string[] = [];
  let seeds = 0;
  for (let seed = from; seed < end; seed += step) {
    seeds++;
    await simulateSeed(seed, counts).catch((error: unknown) => failures.push(String(error)));
  }
  return { seeds, counts, failures };
}
