// tour.ts — what to try: reads through every access path, run once, each with its funnel, its freshness and its curl
// command.

import type { Database } from '../../src/engine/api.ts';
import type { Freshness } from '../../src/catalog/access.ts';
import { encodeResult } from '../../src/server/encode-result.ts';
import { count } from './progress.ts';

type Stop = { readonly title: string; readonly sql: string };

/** The reads shown for a store of `flightCount` flights. */
export function tourStops(flightCount: number): readonly Stop[] {
  return [
    {
      title: 'A point read: one flight by its primary key',
      sql: `SELECT * FROM flights WHERE flight_id = ${Math.floor(flightCount / 2)}`,
    },
    {
      title:
        'Through flights_by_route, which covers the columns asked for: from Atlanta to Los Angeles on New Year',
      sql:
        'SELECT date, delay, cancelled FROM flights' +
        " WHERE origin = 'ATL' AND destination = 'LAX' AND date >= '2001-01-01 00:00:00' AND date < '2001-01-02 00:00:00'" +
        ' ORDER BY date LIMIT 5',
    },
    {
      title: 'Through flights_by_delay, which holds keys only: the worst delays into Chicago O’Hare',
      sql:
        'SELECT date, origin, delay FROM flights' +
        " WHERE destination = 'ORD' AND delay >= 600 ORDER BY delay DESC LIMIT 5",
    },
    {
      title: 'Through flights_facts, which is columnar: the busiest routes of all flights',
      sql:
        'SELECT origin, destination, count() AS flights, round(avg(delay), 1) AS mean_delay FROM flights' +
        ' GROUP BY origin, destination ORDER BY flights DESC LIMIT 5',
    },
    {
      title: 'One partition of it: the airports of January that kept their passengers waiting',
      sql:
        'SELECT origin, count() AS flights, round(avg(delay), 1) AS mean_delay, max(delay) AS worst FROM flights' +
        " WHERE date < '2001-02-01 00:00:00' GROUP BY origin HAVING flights > 100 ORDER BY mean_delay DESC LIMIT 5",
    },
    {
      title: 'A few of its granules: the first days of the year in San Francisco',
      sql:
        'SELECT toDate(date) AS day, count() AS flights, sum(distance) AS miles, countIf(delay > 60) AS late FROM flights' +
        " WHERE origin = 'SFO' AND date < '2001-01-06 00:00:00' GROUP BY day ORDER BY day",
    },
  ];
}

/** Runs every stop and writes what it shows. */
export async function printTour(
  database: Database,
  options: { readonly url: string; readonly flightCount: number; readonly write: (text: string) => unknown },
): Promise<void> {
  const { url, flightCount, write } = options;
  for (const [i, { title, sql }] of tourStops(flightCount).entries()) {
    write(`\n${i + 1}. ${title}\n\n   ${sql}\n\n`);
    const { text, freshness } = await answer(database, sql);
    const funnel = await answer(database, `EXPLAIN FUNNEL ANALYZE ${sql}`, 'TabSeparatedRaw');
    write(`${indent(text)}\n${indent(funnel.text)}\n`);
    if (freshness) write(`   ${describeFreshness(freshness)}\n\n`);
    write(`   curl ${url} -d "${sql}"\n   curl ${url} -d "EXPLAIN FUNNEL ANALYZE ${sql}"\n`);
  }
}

async function answer(
  database: Database,
  sql: string,
  format = 'PrettyCompact',
): Promise<{ text: string; freshness: Freshness | undefined }> {
  const result = await database.execute(sql);
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeResult(result, format).chunks) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString(), freshness: result.freshness() };
}

function describeFreshness(freshness: Freshness): string {
  const { accessPath, sequence, tailRowsOverlaid, ageMs } = freshness;
  const overlaid = `${count(tailRowsOverlaid)} rows of the tail overlaid`;
  return `Freshness: read through ${accessPath} at sequence ${count(sequence)}, ${overlaid}, ${ageMs} ms old`;
}

const indent = (text: string): string => text.replace(/^(?=.)/gm, '   ');
