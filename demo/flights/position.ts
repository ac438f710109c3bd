// position.ts — how far the demonstration has come, kept in the store itself.
//
// Keeps true: a position is written only after everything before it is durable. What lies between the stored
// position and the crash is done again, and doing it again changes nothing (load.ts, live-traffic.ts).

import type { Database } from '../../src/engine/api.ts';

export type Position = {
  /** Flights of the file that the store is made from, and the seed of its live traffic: fixed at the first start. */
  readonly sourceRows: number;
  readonly seed: number;
  /** First flight that is not loaded yet. */
  readonly nextFlight: number;
  /** First batch of live traffic that is not written yet. */
  readonly nextBatch: number;
  /** All is loaded and all live traffic is written. */
  readonly complete: boolean;
};

/** The stored position, or undefined in a new store. */
export async function readPosition(database: Database): Promise<Position | undefined> {
  const row = await database.table('demo_progress').get({ id: 0 });
  if (!row) return undefined;
  return {
    sourceRows: Number(row['source_rows']),
    seed: Number(row['seed']),
    nextFlight: Number(row['next_flight']),
    nextBatch: Number(row['next_batch']),
    complete: row['complete'] === true,
  };
}

/** Stores the position; durable when the promise resolves. */
export async function writePosition(database: Database, position: Position): Promise<void> {
  await database.table('demo_progress').put({
    id: 0,
    source_rows: position.sourceRows,
    seed: position.seed,
    next_flight: position.nextFlight,
    next_batch: position.nextBatch,
    complete: position.complete,
  });
}
