// operations.ts — the calls that are measured. Call number n asks the same of every engine.
import { readFlights } from '../demo/flights/flights-file.js';
import { createRandom } from '../demo/flights/random.js';
import { takeBlock } from '../src/types/block.js';
import { valueAt } from '../src/types/value.js';
const SEED = 2001;
const SAMPLE_COUNT = 1_000;
const RANGE_ROWS = 1_000;
/** Flights delayed at least this much are rare enough for a second-key read to find few rows. */
const SAMPLE_MIN_DELAY = 60;
/** Reads of flights drawn from the file with a fixed seed. */
export async function readOperations(file) {
    const flights = await sampleFlights(file);
    const flightOf = (call) => flights[call % flights.length];
    const read = (name, answer) => ({ name, figure: 'p50', writers: 1, run: answer, answer });
    return [
        read('point get', async (engine, call) => asRows(await engine.get(flightOf(call).flight_id))),
        read('second-key get, covering', (engine, call) => engine.byRoute(flightOf(call))),
        read('second-key get, keys only', (engine, call) => engine.byDelay(flightOf(call))),
        read('range of 1,000', (engine, call) => engine.range(Math.max(0, Math.min(flightOf(call).flight_id, file.rowCount - RANGE_ROWS)), RANGE_ROWS)),
    ];
}
/** Puts of flights that are not in the file, every one with an id of its own. */
export function putOperations(rowCount) {
    return [1, 64].map((writers, i) => {
        const flightOf = (call) => newFlight((i + 1) * 100_000_000 + rowCount + call);
        return {
            name: `durable put, ${writers} ${writers === 1 ? 'writer' : 'writers'}`,
            figure: 'mean',
            writers,
            run: (engine, call) => engine.put(flightOf(call)),
            answer: async (engine, call) => asRows(await engine.get(flightOf(call).flight_id)),
        };
    });
}
const asRows = (row) => (row ? [row] : []);
function newFlight(flightId) {
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
async function sampleFlights(file) {
    const random = createRandom(SEED);
    const flights = [];
    for await (const block of readFlights(file, 0, file.rowCount)) {
        const delays = block.columns[2].values;
        const late = Uint32Array.from(delays.keys()).filter((row) => Number(delays[row]) >= SAMPLE_MIN_DELAY);
        const rows = Uint32Array.from({ length: SAMPLE_COUNT }, () => late[random.below(late.length)]);
        flights.push(...flightsOf(takeBlock(block, rows)));
    }
    return flights;
}
function flightsOf(block) {
    const number = (column, row) => Number(block.columns[column].values[row]);
    return Array.from({ length: block.rowCount }, (_, row) => ({
        flight_id: number(0, row),
        date: number(1, row),
        delay: number(2, row),
        distance: number(3, row),
        origin: String(valueAt(block.columns[4], row)),
        destination: String(valueAt(block.columns[5], row)),
        cancelled: number(6, row) === 1,
    }));
}
