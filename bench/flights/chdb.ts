import { join } from 'node:path';
import { settingTable } from '../../src/engine/settings.ts';
import type { AnswerRow, Contender, FactsEngine, Texts } from './facts.ts';
import { clickhouseDialect } from './queries.ts';

const tables: Readonly<Record<Texts, { readonly name: string; readonly type: string }>> = {
  LowCardinality: { name: 'bench.flights', type: 'LowCardinality(String)' },
  String: { name: 'bench.flights_text', type: 'String' },
};

/** As much as Winnow keeps of decoded columns by default. By default ClickHouse keeps none. */
const UNCOMPRESSED_CACHE_BYTES = settingTable.uncompressed_cache_size.defaultValue;

/** A repeated condition is remembered by default, which is not always the faster way. */
const variants = [
  { variant: 'default settings', settings: '' },
  { variant: 'no condition cache', settings: ', use_query_condition_cache = 0' },
  {
    variant: 'uncompressed cache',
    settings:
      ', use_uncompressed_cache = 1, merge_tree_max_rows_to_use_cache = 1000000000' +
      ', merge_tree_max_bytes_to_use_cache = 1000000000000',
  },
];

/** ClickHouse in process: MergeTree tables of one part, answers as JSON lines. */
export async function openChdbFacts(folder: string): Promise<FactsEngine> {
  const { default: chdb } = await import('chdb');
  const session = new chdb.Session(join(folder, 'chdb'), {
    connectionArgs: [`--uncompressed_cache_size=${UNCOMPRESSED_CACHE_BYTES}`],
  });
  const ask = (sql: string): AnswerRow[] =>
    session
      .query(sql, 'JSONCompactEachRow')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as AnswerRow);
  session.query('CREATE DATABASE bench');
  for (const { name, type } of Object.values(tables)) {
    session.query(`
      CREATE TABLE ${name} (
        flight_id UInt32, date DateTime('UTC'), delay Int16, distance UInt16, origin ${type}, destination ${type},
        cancelled Bool
      ) ENGINE = MergeTree ORDER BY (origin, date)`);
  }
  return {
    name: 'chdb',
    version: String(ask('SELECT version()')[0]![0]),
    storage: 'MergeTree ORDER BY (origin, date), one part after OPTIMIZE FINAL',
    contenders: Object.entries(tables).flatMap(([texts, { name }]) =>
      variants.map(({ variant, settings }): Contender => ({
        name: `chdb ${texts}, ${variant}`,
        engine: 'chdb',
        variant,
        texts: [texts as Texts],
        ask: async (query, threads) =>
          ask(`${query.sql(name, clickhouseDialect)} SETTINGS max_threads = ${threads}${settings}`),
      })),
    ),
    async load(file) {
      for (const { name } of Object.values(tables)) {
        session.query(`
          INSERT INTO ${name}
          SELECT assumeNotNull(_row_number),
            parseDateTime(concat('2001', assumeNotNull(date)), '%Y%m%d%H%i', 'UTC'),
            delay, distance, origin, destination, false
          FROM file('${file.path.replaceAll("'", "\\'")}', Parquet) WHERE _row_number < ${file.rowCount}
          SETTINGS max_threads = 2`);
        session.query(`OPTIMIZE TABLE ${name} FINAL`);
      }
    },
    close: async () => session.close(),
  };
}
