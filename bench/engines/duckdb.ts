import { join } from 'node:path';
import type { Engine, EngineRow } from '../engine.ts';
import { openDuckdbFile } from './duckdb-file.ts';
import type { Values } from './duckdb-file.ts';

/** DuckDB in process: prepared reads on one connection, an ART index per key. */
export async function openDuckdb(folder: string): Promise<Engine> {
  const { version, connection, close } = await openDuckdbFile(join(folder, 'flights.duckdb'));
  await connection.run(`
    CREATE TABLE flights (
      flight_id UINTEGER PRIMARY KEY, date UINTEGER NOT NULL, delay SMALLINT NOT NULL, distance USMALLINT NOT NULL,
      origin VARCHAR NOT NULL, destination VARCHAR NOT NULL, cancelled BOOLEAN NOT NULL
    )`);
  await connection.run('CREATE INDEX flights_by_route ON flights (origin, destination, date)');
  await connection.run('CREATE INDEX flights_by_delay ON flights (destination, delay)');
  const prepared = async (sql: string) => {
    const statement = await connection.prepare(sql);
    return async (...values: Values): Promise<EngineRow[]> => {
      statement.bind(values);
      return (await statement.runAndReadAll()).getRowObjectsJS();
    };
  };
  const get = await prepared('SELECT * FROM flights WHERE flight_id = ?');
  const byRoute = await prepared('SELECT * FROM flights WHERE origin = ? AND destination = ? AND date = ?');
  const byDelay = await prepared('SELECT * FROM flights WHERE destination = ? AND delay = ?');
  const range = await prepared(
    'SELECT * FROM flights WHERE flight_id >= ? AND flight_id < ? ORDER BY flight_id',
  );
  const put = 'INSERT OR REPLACE INTO flights VALUES (?, ?, ?, ?, ?, ?, ?)';
  return {
    name: 'duckdb',
    version,
    durability: 'write-ahead log synced at every commit',
    async load(file) {
      await connection.run(`
        INSERT INTO flights
        SELECT file_row_number,
          epoch(strptime('2001' || date, '%Y%m%d%H%M')), delay, distance, origin, destination, false
        FROM read_parquet('${file.path.replaceAll("'", "''")}', file_row_number = true)
        WHERE file_row_number < ${file.rowCount}`);
    },
    get: async (flightId) => (await get(flightId))[0],
    byRoute: ({ origin, destination, date }) => byRoute(origin, destination, date),
    byDelay: ({ destination, delay }) => byDelay(destination, delay),
    range: (first, count) => range(first, first + count),
    async put({ flight_id, date, delay, distance, origin, destination, cancelled }) {
      // Not prepared: a prepared statement takes one caller at a time, and writers put at the same time.
      await connection.run(put, [flight_id, date, delay, distance, origin, destination, cancelled]);
    },
    close,
  };
}
