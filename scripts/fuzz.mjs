// fuzz.mjs — `npm run fuzz -- reader`: damaged files, seed after seed, until one gives anything but an error or the truth.

import { prepare } from './prepare.mjs';

const targets = { reader: '../dist/test/fuzz/reader-main.js' };
const [target] = process.argv.splice(2, 1);
if (!Object.hasOwn(targets, target ?? '')) {
  console.error('Usage: npm run fuzz -- reader [--cases number] [--from seed | --seed seed]');
  process.exit(2);
}
await prepare();
await import(targets[target]);
