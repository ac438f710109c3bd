import { join } from 'node:path';
import { openDuckdbFile } from '../engines/duckdb-file.ts';
import type { Contender, FactsEngine } from './facts.ts';
import { duckdbDialect } from './queries.ts';

// A table in memory is not compressed, so that DuckDB too can have its columns decoded.
const tables = { ENUM: 'flights_enum', VARCHAR: 'flights', 'ENUM in memory': 'memory.flights' };

const columns = (airport: string): string =>
  'flight_id UINTEGER NOT NULL, date TIMESTAMP NOT NULL, delay SMALLINT NOT NULL, distance USMALLINT NOT NULL,' +
  ` origin ${airport} NOT NULL, destination ${airport} NOT NULL, cancelled BOOLEAN NOT NULL`;

/** DuckDB in process: native tables, filled in the order of the others' sorting key, and checkpointed. */
export async function openDuckdbFacts(folder: string): Promise<FactsEngine> {
  const { version, connection, close } = await openDuckdbFile(join(folder, 'facts.duckdb'));
  let threadsSet = 2;
  const useThreads = async (threads: number): Promise<void> => {
    if (threads === threadsSet) return;
    await connection.run(`SET threads = ${threads}`);
    threadsSet = threads;
  };
  return {
    name: 'duckdb',
    version,
    storage:
      'native tables in the order of (origin, date), with ENUM and with VARCHAR, of a file and in memory',
    contenders: Object.entries(tables).map(([variant, table]): Contender => ({
      name: `duckdb ${variant}`,
      engine: 'duckdb',
      variant,
      texts: ['LowCardinality', 'String'],
      ask: async (query, threads) => {
        await useThreads(threads);
        return (await connection.runAndReadAll(query.sql(table, duckdbDialect))).getRowsJS();
      },
    })),
    async load(file) {
      await connection.run(`CREATE TABLE ${tables.VARCHAR} (${columns('VARCHAR')})`);
      await connection.run(`
        INSERT INTO ${tables.VARCHAR}
        SELECT file_row_number, strptime('2001' || date, '%Y%m%d%H%M') AS time,
          delay, distance, origin, destination, false
        FROM read_parquet('${file.path.replaceAll("'", "''")}', file_row_number = true)
        WHERE file_row_number < ${file.rowCount}
        ORDER BY origin, time`);
      // In the order of the texts: an ENUM compares by position.
      await connection.run(`
        CREATE TYPE airport AS ENUM (
          SELECT name FROM (SELECT origin AS name FROM flights UNION SELECT destination FROM flights) ORDER BY name
        )`);
      await connection.run(`CREATE TABLE ${tables.ENUM} (${columns('airport')})`);
      await connection.run(`INSERT INTO ${tables.ENUM} SELECT * FROM ${tables.VARCHAR}`);
      await connection.run('CHECKPOINT');
      await connection.run("ATTACH ':memory:' AS memory");
      await connection.run(`CREATE TABLE ${tables['ENUM in memory']} AS SELECT * FROM ${tables.ENUM}`);
    },
    close,
  };
}
