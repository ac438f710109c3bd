// check.ts — compares what every access path answers with what ClickHouse makes of the same file and changes.

import type { Database } from '../../src/engine/api.ts';
import { expectedFlights } from './chdb-oracle.ts';
import type { FlightsFile } from './flights-file.ts';
import type { LiveTraffic } from './live-traffic.ts';
import { createRowHasher } from './row-hash.ts';
import type { RowHash } from './row-hash.ts';
import { accessPaths, flightColumns } from './schema.ts';

export type PathReport = RowHash & {
  readonly path: string;
  /** Rows and hash equal ClickHouse's, and the forced path was the one read. */
  readonly ok: boolean;
  /** Why reading stopped before the end. */
  readonly error?: string | undefined;
  readonly seconds: number;
};

export type CheckReport = {
  readonly ok: boolean;
  /** Rows that there must be. */
  readonly rows: number;
  readonly paths: readonly PathReport[];
  readonly expected: RowHash & { readonly clickhouseVersion: string };
};

/** Reads all flights by every path, one after the other. */
export async function checkPaths(
  database: Database,
  file: FlightsFile,
  traffic: LiveTraffic,
): Promise<CheckReport> {
  const { version, ...expected } = await expectedFlights(file, traffic);
  const paths: PathReport[] = [];
  for (const path of accessPaths) paths.push(await checkPath(database, path, expected));
  return {
    ok: paths.every((path) => path.ok),
    rows: expected.rows,
    paths,
    expected: { ...expected, clickhouseVersion: version },
  };
}

/** Whether `read`, a name from an answer's freshness, is the path that was forced. */
const isPath = (read: string | undefined, forced: string): boolean =>
  read?.split('.').at(-1) === (forced === 'PRIMARY' ? 'flights' : forced);

async function checkPath(database: Database, path: string, expected: RowHash): Promise<PathReport> {
  const startMs = performance.now();
  const columns = flightColumns.map((column) => column.name).join(', ');
  const hasher = createRowHasher();
  let read: string | undefined;
  let error: string | undefined;
  try {
    const result = await database.execute(`SELECT ${columns} FROM flights USE INDEX (${path})`);
    for await (const block of result.blocks) hasher.add(block);
    read = result.freshness()?.accessPath;
  } catch (thrown) {
    // Damage that the store itself notices: it is reported as what it is, and the other paths are still compared.
    error = thrown instanceof Error ? thrown.message : String(thrown);
  }
  const actual = hasher.result();
  const ok = !error && actual.rows === expected.rows && actual.hash === expected.hash && isPath(read, path);
  return { path, ...actual, ok, error, seconds: Math.round(performance.now() - startMs) / 1_000 };
}
