// sync-once.mjs — durable writes one after the other, each acknowledged on stdout: the subject of a system-call trace.
// Usage: node sync-once.mjs <folder> <count>

import { writeSync } from 'node:fs';
import { open } from '../../dist/src/index.js';

const [folder, count] = process.argv.slice(2);
const database = await open(folder);
await database.query(
  'CREATE TABLE IF NOT EXISTS t (id UInt32, text String) ENGINE = RowTable PRIMARY KEY (id)',
);
for (let id = 0; id < Number(count); id++) {
  const text = `payload-${id}-`;
  await database.table('t').put({ id, text });
  writeSync(1, `acknowledged ${id}\n`);
}
await database.close();
