import { readFile } from 'node:fs/promises';
import { readFlightsInBlocks } from '../../demo/flights/flights-file.ts';
import { createRowShapedTables } from '../../demo/flights/schema.ts';
import { insertBlock } from '../../src/engine/insert-block.ts';
import { open } from '../../src/index.ts';
import type { Engine, EngineRow } from '../engine.ts';

const TRANSACTION_ROWS = 2_048;

/** Winnow, in process, with its default settings: point reads, ranges and puts by the typed API, the rest by SQL. */
export async function openWinnow(folder: string): Promise<Engine> {
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
  const database = await open(folder);
  await createRowShapedTables(database);
  const flights = database.table('flights');
  return {
    name: 'winnow',
    version,
    durability: 'fsync of the log before the acknowledgement, shared by writers that wait at the same time',
    async load(file) {
      for await (const block of readFlightsInBlocks(file, 0, file.rowCount, TRANSACTION_ROWS)) {
        await insertBlock(database, 'flights', block);
      }
      await database.drain();
    },
    get: (flightId) => flights.get({ flight_id: flightId }),
    byRoute: ({ origin, destination, date }) =>
      database.query<EngineRow>(
        'SELECT * FROM flights WHERE origin = {origin:String} AND destination = {destination:String}' +
          ' AND date = {date:DateTime}',
        { parameters: { origin, destination, date: new Date(date * 1_000) } },
      ),
    byDelay: ({ destination, delay }) =>
      database.query<EngineRow>(
        'SELECT * FROM flights WHERE destination = {destination:String} AND delay = {delay:Int16}',
        {
          parameters: { destination, delay },
        },
      ),
    range: (first, count) =>
      collect(flights.range({ start: { flight_id: first }, end: { flight_id: first + count } })),
    async put(flight) {
      await flights.put({ ...flight, date: new Date(flight.date * 1_000) });
    },
    close: () => database.close(),
  };
}

async function collect(rows: AsyncIterable<EngineRow>): Promise<EngineRow[]> {
  const collected: EngineRow[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}
