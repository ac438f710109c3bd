// chdb-oracle.ts — what the flights must be in the end, by ClickHouse's own SQL over the same Parquet file and the
// list of changes. Shares nothing with the store: not the reader, not the planner, not the hash.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FlightsFile } from './flights-file.ts';
import type { LiveTraffic } from './live-traffic.ts';
import { hashText } from './row-hash.ts';
import type { RowHash } from './row-hash.ts';

/** Rows and hash of the final flights; `version` is ClickHouse's. Throws when the package `chdb` cannot be loaded. */
export async function expectedFlights(
  file: FlightsFile,
  traffic: LiveTraffic,
): Promise<RowHash & { version: string }> {
  const { default: chdb } = await import('chdb');
  const folder = await mkdtemp(join(tmpdir(), 'winnow-changes-'));
  try {
    const changesPath = join(folder, 'changes.tsv');
    await writeFile(changesPath, changesText(traffic));
    const answer = chdb
      .query(oracleSql(file, traffic.firstFlight, changesPath), 'TabSeparated')
      .trim()
      .split('\t');
    const [version = '', rows, ...words] = answer;
    return { version, rows: Number(rows), hash: hashText(words.map(Number)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One change per line: position, kind, flight, new delay. */
function changesText(traffic: LiveTraffic): string {
  const changes = traffic.batches.flatMap((batch) => batch.changes);
  const lines = changes.map((change, position) => {
    const delay = change.kind === 'delay' ? change.delay : 0;
    return `${position}\t${change.kind}\t${change.flightId}\t${delay}\n`;
  });
  return lines.join('');
}

function oracleSql(file: FlightsFile, firstLiveFlight: number, changesPath: string): string {
  const word = (i: number): string =>
    `bitAnd(sum(reinterpretAsUInt32(substring(digest, ${4 * i + 1}, 4))), 0xFFFFFFFF) AS word${i}`;
  const part = (start: number): string => `substring(assumeNotNull(file.date), ${start}, 2)`;
  return `
    WITH changes AS (
      SELECT
        flight_id,
        countIf(kind = 'insert') > 0 AS inserted,
        countIf(kind = 'delay') > 0 AS has_delay,
        argMaxIf(delay, position, kind = 'delay') AS last_delay,
        countIf(kind = 'cancel') > 0 AS cancelled,
        countIf(kind = 'delete') > 0 AS deleted
      FROM file(${quote(changesPath)}, TSV, 'position UInt32, kind String, flight_id UInt32, delay Int16')
      GROUP BY flight_id
    ),
    final AS (
      SELECT
        toUInt32(assumeNotNull(_row_number)) AS flight_id,
        toDateTime(concat('2001-', ${part(1)}, '-', ${part(3)}, ' ', ${part(5)}, ':', ${part(7)}, ':00'), 'UTC') AS time,
        if(changes.has_delay, changes.last_delay, assumeNotNull(file.delay)) AS delay,
        assumeNotNull(file.distance) AS distance,
        assumeNotNull(file.origin) AS origin,
        assumeNotNull(file.destination) AS destination,
        toUInt8(changes.cancelled) AS cancelled
      FROM (SELECT *, _row_number FROM file(${quote(file.path)}, Parquet) WHERE _row_number < ${file.rowCount}) AS file
      LEFT JOIN changes ON changes.flight_id = toUInt32(assumeNotNull(file._row_number))
      WHERE NOT changes.deleted AND (changes.inserted OR flight_id < ${firstLiveFlight})
    )
    SELECT version(), count(), ${[0, 1, 2, 3].map(word).join(', ')}
    FROM (
      SELECT MD5(concatWithSeparator('\\t', toString(flight_id), toString(toUnixTimestamp(time)), toString(delay),
        toString(distance), origin, destination, toString(cancelled))) AS digest
      FROM final
    )
    SETTINGS max_threads = 2`;
}

const quote = (text: string): string => `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'`;
