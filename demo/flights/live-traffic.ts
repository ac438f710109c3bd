// live-traffic.ts — the last days as live traffic: what happens, in which order, as a function of file and seed alone.
//
// Real: which flights there are, when they leave, and their first delay. Synthesised, from the seed: every later
// change of a delay, every cancellation and every withdrawal (a deleted row).
//
// Keeps true:
//   - a flight is inserted before it is changed, and never touched again after its deletion;
//   - a batch touches a flight at most once, so its changes may be written at the same time;
//   - writing a batch again after part of it was written leads to the same rows: every change names its outcome.

import { must } from '../../src/base/assert.ts';
import { concatBlocks, sliceBlock } from '../../src/types/block.ts';
import type { Block, FixedColumn } from '../../src/types/column.ts';
import { readFlights } from './flights-file.ts';
import type { FlightsFile } from './flights-file.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';

export type LiveChange =
  | { readonly kind: 'insert'; readonly flightId: number }
  | { readonly kind: 'delay'; readonly flightId: number; readonly delay: number }
  | { readonly kind: 'cancel'; readonly flightId: number }
  | { readonly kind: 'delete'; readonly flightId: number };

/** All that happens in one minute of 2001; `time` is in seconds since 1970. */
export type LiveBatch = { readonly time: number; readonly changes: readonly LiveChange[] };

export type LiveTraffic = {
  /** Number of the first live flight: those before it are loaded in bulk. */
  readonly firstFlight: number;
  /** The live flights, as they stand in the file. */
  readonly flights: Block;
  readonly batches: readonly LiveBatch[];
};

/** Flights of how many calendar days are live traffic. */
const LIVE_DAYS = 3;
/** No more flights than this are live traffic: the loader looks no further back for the beginning of the last days. */
const LIVE_FLIGHTS_MAX = 60_000;

const SECONDS_PER_DAY = 86_400;
/** How many flights back "recent" reaches: about six hours of traffic. */
const RECENT_FLIGHTS = 4_000;

/** Reads the live flights of a file and draws what happens to them. */
export async function readLiveTraffic(file: FlightsFile, seed: number): Promise<LiveTraffic> {
  // At most half of a file cut by --rows is live, so that something is left to load in bulk.
  const start = Math.max(file.rowCount - LIVE_FLIGHTS_MAX, Math.ceil(file.rowCount / 2));
  const blocks: Block[] = [];
  for await (const block of readFlights(file, start, file.rowCount)) blocks.push(block);
  const window = concatBlocks(blocks);
  const skipped = firstLiveRow(flightTimes(window));
  return planLiveTraffic(sliceBlock(window, skipped, window.rowCount), start + skipped, seed);
}

/** Index in `times` (ascending) of the first flight of the last LIVE_DAYS calendar days. */
export function firstLiveRow(times: ArrayLike<number>): number {
  const last = times[times.length - 1];
  if (last === undefined) return 0;
  const start = (Math.floor(last / SECONDS_PER_DAY) - LIVE_DAYS + 1) * SECONDS_PER_DAY;
  let row = times.length;
  while (row > 0 && times[row - 1]! >= start) row--;
  return row;
}

/** Seconds since 1970 of the flights of a Block, in its order. */
export function flightTimes(flights: Block): Uint32Array {
  return (must(flights.columns[1], 'flights have a date') as FixedColumn).values as Uint32Array;
}

/** The batches of live traffic, in order. `flights` are the live ones, the first of which is number `firstFlight`. */
export function planLiveTraffic(flights: Block, firstFlight: number, seed: number): LiveTraffic {
  const random = createRandom(seed);
  const times = flightTimes(flights);
  const deleted = new Set<number>();
  const batches: LiveBatch[] = [];
  for (let row = 0; row < flights.rowCount;) {
    const time = times[row]!;
    const changes: LiveChange[] = [];
    for (; row < flights.rowCount && times[row] === time; row++) {
      changes.push({ kind: 'insert', flightId: firstFlight + row });
    }
    const touched = new Set(changes.map((change) => change.flightId));
    const knownFlights = firstFlight + row - changes.length;
    for (let i = changes.length; i > 0; i--) {
      const change = knownFlights > 0 ? drawChange(random, knownFlights) : undefined;
      if (!change || touched.has(change.flightId) || deleted.has(change.flightId)) continue;
      touched.add(change.flightId);
      if (change.kind === 'delete') deleted.add(change.flightId);
      changes.push(change);
    }
    batches.push({ time, changes });
  }
  return { firstFlight, flights, batches };
}

/** What else happens while one flight is inserted: mostly nothing. `knownFlights` is the number of flights before it. */
function drawChange(random: Random, knownFlights: number): LiveChange | undefined {
  const recent = knownFlights - 1 - random.below(Math.min(RECENT_FLIGHTS, knownFlights));
  const any = random.below(knownFlights);
  const delay = random.below(240) - 20;
  const dice = random.below(1_000);
  if (dice < 280) return { kind: 'delay', flightId: recent, delay };
  if (dice < 310) return { kind: 'cancel', flightId: recent };
  // Corrections reach back to any flight, so that every shard and every part of the key space sees changes.
  if (dice < 340) return { kind: 'delay', flightId: any, delay };
  if (dice < 350) return { kind: 'delete', flightId: any };
  return undefined;
}
