// sql-oracle.test-support.ts — rows that Winnow and ClickHouse both get, and answers made comparable.

import { createOutput } from '../formats/output.ts';
import type { Database } from './api.ts';

/** Columns of the table that sql-queries.test-support.ts asks about. */
export const columns = `id UInt64, a Int32, b Nullable(Int32), f Float64, s String, ns Nullable(String), d Date, dt DateTime,
  dt64 DateTime64(3), e Enum8('new' = 1, 'paid' = 2, 'void' = -3), dec Decimal(12, 2), u UUID, flag Bool, fs FixedString(4)`;

/** Row i, as tab-separated text; the values repeat at different rates. */
export function rowText(i: number): string {
  const b = i % 5 === 0 ? '\\N' : String((i * 37) % 23);
  const day = `20${String(20 + (i % 5)).padStart(2, '0')}-${String(1 + (i % 12)).padStart(2, '0')}-${String(1 + (i % 28)).padStart(2, '0')}`;
  const time = `${String(i % 24).padStart(2, '0')}:${String((i * 7) % 60).padStart(2, '0')}:${String((i * 13) % 60).padStart(2, '0')}`;
  const uuid = `00000000-0000-4000-8000-${String(i * 7919).padStart(12, '0')}`;
  const words = ['apple', 'Banana', 'cherry', 'd\\te', '', 'Äpfel', 'x y z'];
  return [
    i * 3,
    ((i * 31) % 17) - 8,
    b,
    (i - 100) / 8,
    words[i % 7],
    i % 4 === 0 ? '\\N' : words[(i * 3) % 7],
    day,
    `${day} ${time}`,
    `${day} ${time}.${String((i * 111) % 1000).padStart(3, '0')}`,
    ['new', 'paid', 'void'][i % 3],
    ((i - 50) * 1.25).toFixed(2),
    uuid,
    i % 2 === 0 ? 'true' : 'false',
    `k${i % 9}`,
  ].join('\t');
}

/** A statement's answer. */
export async function answerText(
  database: Database,
  sql: string,
  of = 'default',
  format = 'TabSeparatedWithNamesAndTypes',
): Promise<string> {
  const result = await database.execute(sql, { database: of });
  const output = createOutput(format, result.columns, {
    quote64BitIntegers: false,
    quoteDenormals: false,
  });
  const pieces = [output.start()];
  for await (const block of result.blocks) pieces.push(output.block(block));
  return pieces.map(String).join('');
}

/** The header in its order, the rows in order only when the query asks for one. */
export function comparable(sql: string, text: string): string[] {
  const [names = '', types = '', ...rows] = text.replace(/\n$/, '').split('\n');
  return [names, types, ...(/ORDER BY [^)]*$/.test(sql) ? rows : rows.sort())];
}
