// bench.mjs — `npm run bench`: measurements; the engines to compare with are installed on the first run.

import { installPackages, prepare } from './prepare.mjs';
import { installMariadb } from './setup-bench.mjs';

await prepare();
// The benchmark names and leaves out what could not be installed.
await installPackages('bench/', 'Installing the engines to compare with …');
if (process.argv[2] === 'pipeline') await installMariadb();
await import('../dist/bench/main.js');
