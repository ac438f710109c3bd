// make-store-fixture.mjs — writes the small store that is committed for each format version. Run it once per format,
// after `npm run build`: node test/support/make-store-fixture.mjs test/golden/stores/format-<n>

import { open } from '../../dist/src/index.js';

const folder = process.argv[2];
const database = await open(folder);
for (const statement of [
  "CREATE TABLE shop (id UInt64, status Enum8('new' = 1, 'paid' = 2), amount Decimal(12, 2), at DateTime64(3), note Nullable(String)) ENGINE = RowTable PRIMARY KEY (id) SHARD BY hash(id) INTO 4",
  'CREATE INDEX TABLE shop_by_status ON shop (status, at) SHARD BY hash(status) INTO 2 LAYOUT COVERING (amount)',
  'CREATE INDEX TABLE shop_by_note ON shop (note) LAYOUT KEYS',
  // From format 2 on.
  'CREATE INDEX TABLE shop_facts ON shop LAYOUT COLUMNAR (amount, note) PARTITION BY status ORDER BY (at)',
  // From format 3 on.
  'CREATE INDEX TABLE shop_split ON shop (amount) LAYOUT SPLIT (note)',
  'CREATE UNIQUE INDEX TABLE shop_moments ON shop (at, status)',
  "INSERT INTO shop VALUES (1, 'new', 12.5, '2026-01-02 03:04:05.678', NULL), (2, 'paid', -0.01, '1999-12-31 23:59:59.999', 'seen'), (18446744073709551615, 'new', 0, '2026-01-01 00:00:00', '')",
]) {
  await database.query(statement);
}
await database.drain();
// The last changes stay in the log and the tail, so that opening the store has something to rebuild.
await database.query('SYSTEM STOP LANES');
await database.query("UPDATE shop SET status = 'paid' WHERE id = 1");
await database.query('DELETE FROM shop WHERE id = 2');
await database.close();
