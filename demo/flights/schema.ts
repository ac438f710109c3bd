// schema.ts — the demonstration's tables: one row table, three index tables with different keys, shards and layouts,
// and the small row table that remembers how far the demonstration has come.
//
// A store made before airports were LowCardinality keeps its String columns: blocks of either type are laid out alike.

import type { Database } from '../../src/engine/api.ts';
import type { DataType } from '../../src/types/data-type.ts';
import type { NamedType } from '../../src/types/column.ts';

const airport: DataType = { kind: 'LowCardinality', inner: { kind: 'String' } };

/** Columns of `flights`, in table order; a Block of flights has exactly these. */
export const flightColumns: readonly NamedType[] = [
  { name: 'flight_id', type: { kind: 'UInt32' } },
  { name: 'date', type: { kind: 'DateTime', timezone: undefined } },
  { name: 'delay', type: { kind: 'Int16' } },
  { name: 'distance', type: { kind: 'UInt16' } },
  { name: 'origin', type: airport },
  { name: 'destination', type: airport },
  { name: 'cancelled', type: { kind: 'Bool' } },
];

/** What `USE INDEX (…)` can force: the row table itself, and every index table. */
export const accessPaths = ['PRIMARY', 'flights_by_route', 'flights_by_delay', 'flights_facts'] as const;

const rowShaped = [
  `CREATE TABLE IF NOT EXISTS flights (
     flight_id UInt32, date DateTime, delay Int16, distance UInt16,
     origin LowCardinality(String), destination LowCardinality(String), cancelled Bool
   ) ENGINE = RowTable
   PRIMARY KEY (flight_id)
   SHARD BY hash(flight_id) INTO 8`,
  // Holds every column, so a read of a route ends in the index table.
  `CREATE INDEX TABLE IF NOT EXISTS flights_by_route ON flights (origin, destination, date)
   SHARD BY hash(origin) INTO 8
   LAYOUT COVERING (delay, distance, cancelled)`,
  // Holds keys only: the rows it finds are fetched from the shards that own them.
  `CREATE INDEX TABLE IF NOT EXISTS flights_by_delay ON flights (destination, delay)
   SHARD BY hash(destination) INTO 8
   LAYOUT KEYS`,
];

const others = [
  // Sorted columns for aggregates. The key finds the days of one airport; for the days of all airports, which it does
  // not help, there are partitions.
  `CREATE INDEX TABLE IF NOT EXISTS flights_facts ON flights
   LAYOUT COLUMNAR (delay, distance, destination, cancelled)
   PARTITION BY toYYYYMM(date)
   ORDER BY (origin, date)`,
  `CREATE TABLE IF NOT EXISTS demo_progress (
     id UInt8, source_rows UInt32, seed UInt32, next_flight UInt32, next_batch UInt32, complete Bool
   ) ENGINE = RowTable
   PRIMARY KEY (id)
   SHARD BY hash(id) INTO 1`,
];

/** Makes whatever of the tables is missing. */
export async function createTables(database: Database): Promise<void> {
  await createRowShapedTables(database);
  for (const statement of others) await database.query(statement);
}

/** Makes the row table of the flights and its row-shaped index tables. */
export async function createRowShapedTables(database: Database): Promise<void> {
  for (const statement of rowShaped) await database.query(statement);
}
