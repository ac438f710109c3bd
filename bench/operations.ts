// operations.ts — the calls that are measured. Call number n asks the same of every engine.

import { readFlights } from '../demo/flights/flights-file.ts';
import type { FlightsFile } from '../demo/flights/flights-file.ts';
import { createRandom } from '../demo/flights/random.ts';
import { takeBlock } from '../src/types/block.ts';
import type { Block, FixedColumn } from '../src/types/column.ts';
import { textAt } from '../src/types/text.ts';
import type { Engine, EngineRow, Flight } from './engine.ts';
import type { Call } from './measure.ts';

export type Operation = Call<Engine> & {
  /** What to compare between engines: the rows that call `call` reads, or has written. */
  readonly answer: (engine: Engine, call: number) => Promise<readonly EngineRow[]>;
};

const SEED = 2001;
const SAMPLE_COUNT = 1_000;
const RANGE_ROWS = 1_000;
/** Flights delayed at least this much are rare enough for a second-key read to find few rows. */
const SAMPLE_MIN_DELAY = 60;

/** Reads of flights drawn from the file with a fixed seed. */
export async function readOperations(file: FlightsFile): Promise<Operation[]> {
  const flights = await sampleFlights(file);
  const flightOf = (call: number): Flight => flights[call % flights.length]!;
  const read = (name: string, answer: Operation['answer']): Operation => ({
    name,
    figure: 'p50',
    writers: 1,
    run: answer,
    answer,
  });
  return [
    read('point get', async (engine, call) => asRows(await engine.get(flightOf(call).flight_id))),
    read('second-key get, covering', (engine, call) => engine.byRoute(flightOf(call))),
    read('second-key get, keys only', (engine, call) => engine.byDelay(flightOf(call))),
    read('range of 1,000', (engine, call) =>
      engine.range(Math.max(0, Math.min(flightOf(call).flight_id, file.rowCount - RANGE_ROWS)), RANGE_ROWS),
    ),
  ];
}

/** Puts of flights that are not in the file, every one with an id of its own. */
export function putOperations(rowCount: number): Operation[] {
  return [1, 64].map((writers, i) => {
    const flightOf = (call: number): Flight => newFlight((i + 1) * 100_000_000 + rowCount + call);
    return {
      name: `durable put, ${writers} ${writers === 1 ? 'writer' : 'writers'}`,
      figure: 'mean',
      writers,
      run: (engine, call) => engine.put(flightOf(call)),
      answer: async (engine, call) => asRows(await engine.get(flightOf(call).flight_id)),
    };
  });
}

const asRows = (row: EngineRow | undefined): EngineRow[] => (row ? [row] : []);

function newFlight(flightId: number): Flight {
  return {
    flight_id: flightId,
    date: 993_945_600 + (flightId % 86_400),
    delay: flightId % 200,
    distance: 500,
    origin: 'ATL',
    destination: 'LAX',
    cancelled: false,
  };
}

async function sampleFlights(file: FlightsFile): Promise<Flight[]> {
  const random = createRandom(SEED);
  const flights: Flight[] = [];
  for await (const block of readFlights(file, 0, file.rowCount)) {
    const delays = (block.columns[2] as FixedColumn).values;
    const late = Uint32Array.from(delays.keys()).filter((row) => Number(delays[row]) >= SAMPLE_MIN_DELAY);
    const rows = Uint32Array.from({ length: SAMPLE_COUNT }, () => late[random.below(late.length)]!);
    flights.push(...flightsOf(takeBlock(block, rows)));
  }
  return flights;
}

function flightsOf(block: Block): Flight[] {
  const number = (column: number, row: number): number =>
    Number((block.columns[column] as FixedColumn).values[row]);
  return Array.from({ length: block.rowCount }, (_, row) => ({
    flight_id: number(0, row),
    date: number(1, row),
    delay: number(2, row),
    distance: number(3, row),
    origin: textAt(block.columns[4]!, row),
    destination: textAt(block.columns[5]!, row),
    cancelled: number(6, row) === 1,
  }));
}
