// orders-file.ts — orders as tab-separated text: ids, times, prices, texts of few values and free text; always the same.

import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';

/** Columns of the file, in ClickHouse's types. */
export const orderColumns = [
  ['id', 'UInt64'],
  ['created', 'DateTime'],
  ['day', 'Date'],
  ['price', 'Decimal(10, 2)'],
  ['quantity', 'UInt16'],
  ['country', 'LowCardinality(String)'],
  ['status', 'LowCardinality(String)'],
  ['comment', 'String'],
] as const;

export const sortingKey = '(country, created)';

const countries = ['DE', 'FR', 'US', 'CN', 'GB', 'IT', 'ES', 'NL', 'SE', 'PL', 'JP', 'BR'];
const statuses = ['new', 'paid', 'sent', 'delivered', 'returned', 'cancelled'];
const syllables = [
  'lo',
  'mi',
  'ra',
  'ten',
  'vo',
  'sel',
  'ku',
  'an',
  'der',
  'pi',
  'sto',
  'wen',
  'ga',
  'ril',
  'xo',
  'bu',
];
const WRITE_ROWS = 10_000;
const FIRST_SECOND = Date.UTC(2024, 0, 1) / 1000;

/** Writes `rowCount` rows to the file. */
export async function writeOrders(path: string, rowCount: number): Promise<void> {
  const random = seeded(7);
  const words = Array.from({ length: 1000 }, () =>
    Array.from({ length: 1 + random(3) }, () => syllables[random(syllables.length)]).join(''),
  );
  const file = createWriteStream(path, { highWaterMark: 4 * 1024 * 1024 });
  for (let first = 0; first < rowCount; first += WRITE_ROWS) {
    const lines = Array.from({ length: Math.min(WRITE_ROWS, rowCount - first) }, (_, i) =>
      orderLine(first + i, random, words),
    );
    if (!file.write(lines.join(''))) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

/** Orders come in by and by; they are delivered within some weeks. */
function orderLine(id: number, random: (below: number) => number, words: readonly string[]): string {
  const second = FIRST_SECOND + id * 3 + random(60);
  const day = Math.floor(second / 86_400) + random(30);
  const comment = Array.from(
    { length: 2 + random(10) },
    () => words[Math.min(random(1000), random(1000))],
  ).join(' ');
  return `${[
    id,
    isoText(second * 1000)
      .slice(0, 19)
      .replace('T', ' '),
    isoText(day * 86_400_000).slice(0, 10),
    (random(1_000_000) / 100).toFixed(2),
    1 + random(20),
    countries[Math.min(random(countries.length), random(countries.length))],
    statuses[random(statuses.length)],
    comment,
  ].join('\t')}\n`;
}

const isoText = (ms: number): string => new Date(ms).toISOString();

/** Whole numbers below a bound (xorshift32). */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
