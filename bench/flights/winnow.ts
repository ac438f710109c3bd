import { readFile } from 'node:fs/promises';
import { readFlightsInBlocks } from '../../demo/flights/flights-file.ts';
import { rowsOf } from '../../src/engine/answers.ts';
import { insertBlock } from '../../src/engine/insert-block.ts';
import { open } from '../../src/index.ts';
import type { AnswerRow, Contender, FactsEngine, Texts } from './facts.ts';
import { clickhouseDialect } from './queries.ts';

const TRANSACTION_ROWS = 2_048;

const tables: Readonly<Record<Texts, { readonly name: string; readonly type: string }>> = {
  LowCardinality: { name: 'flights', type: 'LowCardinality(String)' },
  String: { name: 'flights_text', type: 'String' },
};

/** Winnow, in process: the columnar index table of a row table, forced, and checked to be what was read. */
export async function openWinnowFacts(folder: string): Promise<FactsEngine> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const database = await open(folder);
  for (const { name, type } of Object.values(tables)) {
    await database.query(`
      CREATE TABLE ${name} (
        flight_id UInt32, date DateTime, delay Int16, distance UInt16, origin ${type}, destination ${type}, cancelled Bool
      ) ENGINE = RowTable PRIMARY KEY (flight_id) SHARD BY hash(flight_id) INTO 8`);
    await database.query(`
      CREATE INDEX TABLE ${name}_facts ON ${name}
      LAYOUT COLUMNAR (delay, distance, destination, cancelled) ORDER BY (origin, date)`);
  }
  const ask = async (table: string, sql: string): Promise<AnswerRow[]> => {
    const { columns, blocks, freshness } = await database.execute(sql);
    const rows: AnswerRow[] = [];
    for await (const block of blocks) {
      for (const row of rowsOf(columns, block)) rows.push(Object.values(row));
    }
    const path = freshness()?.accessPath;
    if (path !== `default.${table}_facts`) throw new Error(`read through ${path}: ${sql}`);
    return rows;
  };
  return {
    name: 'winnow',
    version,
    storage:
      'index table LAYOUT COLUMNAR ORDER BY (origin, date) of a row table, fed by its lanes, one part after OPTIMIZE FINAL',
    contenders: Object.entries(tables).map(([texts, { name }]): Contender => ({
      name: `winnow ${texts}`,
      engine: 'winnow',
      variant: texts,
      texts: [texts as Texts],
      ask: (query, threads) => {
        const from = `${name} USE INDEX (${name}_facts)`;
        return ask(name, `${query.sql(from, clickhouseDialect)} SETTINGS max_threads = ${threads}`);
      },
    })),
    async load(file) {
      for (const { name } of Object.values(tables)) {
        for await (const block of readFlightsInBlocks(file, 0, file.rowCount, TRANSACTION_ROWS)) {
          await insertBlock(database, name, block);
        }
        await database.drain();
        await database.query(`OPTIMIZE TABLE ${name}_facts FINAL`);
      }
    },
    close: () => database.close(),
  };
}
