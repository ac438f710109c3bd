// start.mjs — `npm start`: the demonstration, with the arguments given.
//
// It runs in this very process, so signals, exit code and terminal are its own.

import { prepare } from './prepare.mjs';

await prepare();
await import('../dist/demo/flights/main.js');
