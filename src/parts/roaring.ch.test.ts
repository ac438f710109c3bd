import { Session } from 'chdb';
import { afterAll, expect, test } from 'vitest';
import { roaringOf, rowSets } from './roaring.test-support.ts';

const session = new Session();
afterAll(() => session.cleanup());

/** The state of groupBitmap: 1 · size varuint · the bitmap; of up to 32 numbers it is no bitmap. */
function bitmapOf(rows: readonly number[]): string {
  // ClickHouse makes runs where they are shorter, as here.
  const list = `arrayJoin(CAST([${rows.join()}], 'Array(UInt32)'))`;
  const state = Buffer.from(session.query(`SELECT hex(groupBitmapState(${list}))`, 'TSV').trim(), 'hex');
  let at = 1;
  while (state[at]! >= 0x80) at++;
  return state.subarray(at + 1).toString('hex');
}

test.each(Object.entries(rowSets).filter(([, rows]) => rows.length > 32 && rows.length < 60_000))(
  '%s: the bytes are those that ClickHouse writes',
  (_, rows) => {
    expect(roaringOf(rows).toString('hex')).toBe(bitmapOf(rows));
  },
);
