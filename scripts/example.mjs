// example.mjs — `npm run example:<name>`: runs a file of examples/, with the arguments given, in this very process.

import path from 'node:path';
import { prepare, stopUnless } from './prepare.mjs';
import { root, runNode, tools } from './run.mjs';

const [name] = process.argv.splice(2, 1);
await prepare();
// Types are checked by `npm run lint`; here the file is only made into what Node runs.
stopUnless(
  (await runNode([...tools.tsc, '-p', 'tsconfig.examples.json'])) === 0,
  'the examples do not compile',
);
await import(path.join(root, 'dist', 'examples', `${name}.js`));
