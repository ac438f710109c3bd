// load.ts — brings a store to the state that file and seed describe, from wherever it stands.
//
// Keeps true: whatever moment the process stops at, another run leads to the same rows. Every step is written with
// its outcome, so a step may be done twice; a position is stored only after the steps before it are durable.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Table } from '../../src/engine/api.ts';
import { insertBlock } from '../../src/engine/insert-block.ts';
import type { Block, ValueInput } from '../../src/types/column.ts';
import { valueAt } from '../../src/types/value.ts';
import { readFlightsInBlocks } from './flights-file.ts';
import type { FlightsFile } from './flights-file.ts';
import type { LiveChange, LiveTraffic } from './live-traffic.ts';
import { writePosition } from './position.ts';
import type { Position } from './position.ts';
import { createProgress } from './progress.ts';
import type { ProgressStream } from './progress.ts';
import { flightColumns } from './schema.ts';

export type LoadContext = {
  readonly database: Database;
  /** Stops the work between two steps; the position reached is stored. */
  readonly signal: AbortSignal;
  /** Where the progress line goes. */
  readonly stream: ProgressStream;
};

/** Flights of one bulk transaction: lanes and commits overlap better than with larger ones. */
const TRANSACTION_ROWS = 2_048;
/** Bulk transactions between two stored positions: what a crash makes the next start do again, at most. */
const TRANSACTIONS_PER_POSITION = 64;

/** Loads flights [position.nextFlight, end) in bulk. Answers with the position reached: short of `end` when stopped. */
export async function loadFlights(
  context: LoadContext,
  file: FlightsFile,
  position: Position,
  end: number,
): Promise<Position> {
  const { database, signal, stream } = context;
  const from = position.nextFlight;
  const progress = createProgress({
    label: 'loading flights',
    from,
    total: end,
    nowMs: () => performance.now(),
    stream,
  });
  let reached = position;
  let transactions = 0;
  for await (const block of readFlightsInBlocks(file, from, end, TRANSACTION_ROWS)) {
    if (signal.aborted) break;
    await insertBlock(database, 'flights', block);
    reached = { ...reached, nextFlight: reached.nextFlight + block.rowCount };
    if (++transactions % TRANSACTIONS_PER_POSITION === 0) await writePosition(database, reached);
    progress.update(reached.nextFlight);
  }
  // The rate that is shown counts the index tables too.
  if (!signal.aborted) await database.drain();
  if (transactions > 0) progress.end(reached.nextFlight);
  await writePosition(database, reached);
  return reached;
}

/**
 * Writes the batches of live traffic from `position.nextBatch` on, one every `paceMs` milliseconds.
 * Answers with the position reached: not `complete` when stopped.
 */
export async function replayLiveTraffic(
  context: LoadContext,
  traffic: LiveTraffic,
  position: Position,
  paceMs: number,
): Promise<Position> {
  const { database, signal } = context;
  const batchCount = traffic.batches.length;
  let reached = position;
  for (const batch of traffic.batches.slice(position.nextBatch)) {
    if (signal.aborted) return reached;
    // At the same time: each change is a transaction of its own, and they touch different flights.
    const flights = database.table('flights');
    await Promise.all(batch.changes.map((change) => writeChange(flights, traffic, change)));
    const nextBatch = reached.nextBatch + 1;
    reached = { ...reached, nextBatch, complete: nextBatch === batchCount };
    await writePosition(database, reached);
    if (paceMs > 0) await sleep(paceMs, undefined, { signal }).catch(() => undefined);
  }
  return reached;
}

async function writeChange(flights: Table, traffic: LiveTraffic, change: LiveChange): Promise<unknown> {
  const key = { flight_id: change.flightId };
  switch (change.kind) {
    case 'insert':
      return flights.put(flightRow(traffic.flights, change.flightId - traffic.firstFlight));
    case 'delay':
      return flights.update(key, { delay: change.delay });
    case 'cancel':
      return flights.update(key, { cancelled: true });
    case 'delete':
      return flights.delete(key);
  }
}

function flightRow(flights: Block, row: number): Record<string, ValueInput> {
  return Object.fromEntries(flightColumns.map(({ name }, i) => [name, valueAt(flights.columns[i]!, row)]));
}
