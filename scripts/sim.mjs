// sim.mjs — `npm run sim`: the store under simulated time, crashes and full disks, seed after seed.

import { prepare } from './prepare.mjs';

await prepare();
await import('../dist/src/testing/simulate-main.js');
