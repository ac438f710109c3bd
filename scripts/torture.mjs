// torture.mjs — `npm run torture [minutes]`: fresh simulation seeds, crash tests, damaged parts, skip indexes and a large diff in turn,
// until the time is over.

import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { runNode, tools } from './run.mjs';

const { positionals } = parseArgs({ allowPositionals: true });
const minutes = Number(positionals[0] ?? 30);
if (!(minutes > 0)) {
  console.error('Usage: npm run torture [-- minutes]');
  process.exit(2);
}
await prepare();

const seedsPerRound = 1000;
const endMs = Date.now() + minutes * 60_000;
let failed = false;
for (let firstSeed = Date.now() % 2 ** 31; Date.now() < endMs && !failed; firstSeed += seedsPerRound) {
  const simulate = [
    'dist/src/testing/simulate-main.js',
    '--from',
    String(firstSeed),
    '--seeds',
    String(seedsPerRound),
  ];
  const env = {
    WINNOW_SEED: String(firstSeed),
    WINNOW_DIFF_ROWS: '1000000',
    WINNOW_FLIPS: '100000',
    WINNOW_SKIP_CHECKS: '200000',
  };
  for (const args of [
    simulate,
    [...tools.vitest, 'run', '.crash.test.ts'],
    [...tools.vitest, 'run', 'src/plan/skip'],
    ['scripts/fuzz.mjs', 'reader', '--from', String(firstSeed), '--cases', '50000'],
    [...tools.vitest, 'run', 'src/cli/main.test.ts', '-t', 'diff'],
  ])
    failed ||= (await runNode(args, { env })) !== 0;
}
process.exitCode = failed ? 1 : 0;
