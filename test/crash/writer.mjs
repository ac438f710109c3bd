// writer.mjs — writes without end and says what was acknowledged; the test kills it at any moment.
//
// Each transaction writes three rows of one group with the same number, in several shards, so that half of one shows.
// Usage: node writer.mjs <folder> <first number>

import { open } from '../../dist/src/index.js';

const [folder, first] = process.argv.slice(2);
const database = await open(folder);
await database.query(
  'CREATE TABLE IF NOT EXISTS pairs (group_id UInt32, part UInt8, number UInt32) ENGINE = RowTable PRIMARY KEY (group_id, part) SHARD BY hash(group_id, part) INTO 4',
);
await database.query(
  'CREATE INDEX TABLE IF NOT EXISTS pairs_by_number ON pairs (number) LAYOUT COVERING (part)',
);
const table = database.table('pairs');
process.stdout.write('ready\n');

const WRITERS = 8;
let number = Number(first);
async function write(writer) {
  for (;;) {
    const mine = ++number;
    const group = writer * 100 + (mine % 50);
    await table.putMany([0, 1, 2].map((part) => ({ group_id: group, part, number: mine })));
    process.stdout.write(`${group} ${mine}\n`);
  }
}
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));
