// parts-stores-main.ts — makes or opens one of the stores; run by cold-open.ts in a process of its own, which answers in JSON.

import { startStopwatch } from '../measure.ts';
import { type PartsStore, partsStores } from './parts-stores.ts';

const [task, name, folder, partCount] = process.argv.slice(2) as [string, PartsStore, string, string];
const store = partsStores[name];
await store.load();
const stopwatch = startStopwatch();
const answer = task === 'make' ? await store.make(folder, Number(partCount)) : await store.count(folder);
process.stdout.write(JSON.stringify({ ...stopwatch(), answer }), () => process.exit(0));
