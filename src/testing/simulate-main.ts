// simulate-main.ts — `npm run sim -- --seeds N [--from S]`: many seeds, one JSON line.

import process from 'node:process';
import { parseArgs } from 'node:util';
import { newCounts, simulateSeed } from './simulate.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' }, seconds: { type: 'string' } },
});
const from = Number(values.from);
const startMs = performance.now();
const limitMs = values.seconds === undefined ? Number.POSITIVE_INFINITY : Number(values.seconds) * 1000;
const counts = newCounts();
let seeds = 0;
let violations = 0;
for (let seed = from; seed < from + Number(values.seeds) && performance.now() - startMs < limitMs; seed++) {
  seeds++;
  try {
    await simulateSeed(seed, counts);
  } catch (error) {
    violations++;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
process.stdout.write(`${JSON.stringify({ seeds, ...counts, violations })}\n`);
const untested = Object.entries(counts).filter(([, count]) => count === 0);
for (const [name] of untested) process.stderr.write(`no ${name}: the run proves nothing\n`);
process.exitCode = violations > 0 || untested.length > 0 ? 1 : 0;
