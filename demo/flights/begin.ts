// begin.ts — a store, its tables and its position, made new or found as the last run left them.

import { WinnowError } from '../../src/base/errors.ts';
import type { Database } from '../../src/engine/api.ts';
import { openFlightsFile } from './flights-file.ts';
import type { FlightsFile } from './flights-file.ts';
import type { Options } from './options.ts';
import { readPosition, writePosition } from './position.ts';
import type { Position } from './position.ts';
import { createTables } from './schema.ts';

const DEFAULT_SEED = 2001;

/** Errors: BAD_ARGUMENTS when the store was begun with other rows or another seed than the options ask for. */
export async function begin(
  database: Database,
  options: Options,
  log: (text: string) => void,
): Promise<{ file: FlightsFile; position: Position }> {
  if (await lacksFacts(database)) log('Building flights_facts, which this store does not have yet …');
  await createTables(database);
  const stored = await readPosition(database);
  const file = await openFlightsFile(stored?.sourceRows ?? options.rows);
  if (stored) {
    refuseOther('rows', options.rows, stored.sourceRows);
    refuseOther('seed', options.seed, stored.seed);
    return { file, position: stored };
  }
  const seed = options.seed ?? DEFAULT_SEED;
  const position = { sourceRows: file.rowCount, seed, nextFlight: 0, nextBatch: 0, complete: false };
  await writePosition(database, position);
  return { file, position };
}

/** Whether the store has flights, of a version of the demonstration without a columnar index table. */
async function lacksFacts(database: Database): Promise<boolean> {
  const tables = await database.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'default' AND name IN ('flights', 'flights_facts')",
  );
  return tables.length === 1;
}

function refuseOther(name: 'rows' | 'seed', asked: number | undefined, stored: number): void {
  if (asked === undefined || asked === stored) return;
  throw new WinnowError('BAD_ARGUMENTS', `the store was begun with --${name} ${stored}, not ${asked}`, {
    hint: `Leave --${name} out, or name another folder with --data.`,
  });
}
