// sim.mjs — `npm run sim`: the store under simulated time, crashes and full disks, seed after seed.

import { prepare } from './prepare.mjs';
import { corpus } from './run.mjs';

await prepare();
process.argv.push(...corpus);
await import('../dist/src/testing/simulate-main.js');
