// bench.mjs — `npm run bench`: measurements; the engines to compare with are installed on the first run.

import { existsSync } from 'node:fs';
import { prepare } from './prepare.mjs';
import { root, runNpm } from './run.mjs';

await prepare();
if (!existsSync(`${root}bench/node_modules/.package-lock.json`)) {
  console.error('Installing the engines to compare with …');
  // The benchmark names and leaves out what could not be installed.
  await runNpm(['ci', '--no-audit', '--no-fund'], { cwd: `${root}bench` });
}
await import('../dist/bench/main.js');
