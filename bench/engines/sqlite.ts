import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { readFlightsInBlocks } from '../../demo/flights/flights-file.ts';
import { valueAt } from '../../src/types/value.ts';
import type { Engine, EngineRow } from '../engine.ts';

type Statement = {
  run(...values: unknown[]): unknown;
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown;
};
export type Sqlite = { prepare(sql: string): Statement; exec(sql: string): void; close(): void };

const TRANSACTION_ROWS = 8_192;

/** better-sqlite3, and opening a file with it: WAL with synchronous = FULL. */
export function loadSqlite(): { readonly version: string; openFile(path: string): Sqlite } {
  // The package is installed beside bench/package.json; the compiled benchmark lies elsewhere. npm runs us in the root.
  const require = createRequire(resolve('bench', 'package.json'));
  const DatabaseClass = require('better-sqlite3') as new (path: string) => Sqlite;
  const { version } = require('better-sqlite3/package.json') as { version: string };
  return {
    version,
    openFile(path) {
      const database = new DatabaseClass(path);
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -262144');
      return database;
    },
  };
}

/** SQLite through better-sqlite3: prepared statements, one connection, WAL with synchronous = FULL. */
export async function openSqlite(folder: string): Promise<Engine> {
  const { version, openFile } = loadSqlite();
  const database = openFile(join(folder, 'flights.sqlite'));
  database.exec(`
    CREATE TABLE flights (
      flight_id INTEGER PRIMARY KEY, date INTEGER NOT NULL, delay INTEGER NOT NULL, distance INTEGER NOT NULL,
      origin TEXT NOT NULL, destination TEXT NOT NULL, cancelled INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX flights_by_route ON flights (origin, destination, date, delay, distance, cancelled);
    CREATE INDEX flights_by_delay ON flights (destination, delay);`);
  const put = database.prepare('INSERT OR REPLACE INTO flights VALUES (?, ?, ?, ?, ?, ?, ?)');
  const get = database.prepare('SELECT * FROM flights WHERE flight_id = ?');
  const byRoute = database.prepare('SELECT * FROM flights WHERE origin = ? AND destination = ? AND date = ?');
  const byDelay = database.prepare('SELECT * FROM flights WHERE destination = ? AND delay = ?');
  const range = database.prepare(
    'SELECT * FROM flights WHERE flight_id >= ? AND flight_id < ? ORDER BY flight_id',
  );
  return {
    name: 'better-sqlite3',
    version,
    durability: 'WAL, synchronous = FULL: one fsync per transaction',
    async load(file) {
      for await (const { rowCount, columns } of readFlightsInBlocks(
        file,
        0,
        file.rowCount,
        TRANSACTION_ROWS,
      )) {
        database.exec('BEGIN');
        for (let row = 0; row < rowCount; row++) {
          put.run(
            columns.map((column) => (column.layout === 'fixed' ? column.values[row] : valueAt(column, row))),
          );
        }
        database.exec('COMMIT');
      }
    },
    get: async (flightId) => get.get(flightId) as EngineRow | undefined,
    byRoute: async ({ origin, destination, date }) => byRoute.all(origin, destination, date) as EngineRow[],
    byDelay: async ({ destination, delay }) => byDelay.all(destination, delay) as EngineRow[],
    range: async (first, count) => range.all(first, first + count) as EngineRow[],
    async put({ flight_id, date, delay, distance, origin, destination, cancelled }) {
      put.run(flight_id, date, delay, distance, origin, destination, Number(cancelled));
    },
    close: async () => database.close(),
  };
}
