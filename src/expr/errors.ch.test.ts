// What ClickHouse refuses, we refuse, with the same number wherever a client could react to it.

import chdb from 'chdb';
import { expect, test } from 'vitest';
import { WinnowError } from '../base/errors.ts';
import { parseExpression } from '../sql/parser.ts';
import { bindExpression } from './bind.ts';
import { evaluate } from './evaluate.ts';

/** Refused by both with one number. */
const refused = String.raw`
  intDiv(1, 0); 5 % 0; intDiv(toInt8(-128), toInt8(-1)); toInt64(-9223372036854775808) % -1; intDiv(1.5, 0);
  gcd(0, 5); plus('1', 2); toDate('2020-01-01') * 2; toDate('2020-01-01') + 'a';
  toDateTime('2020-01-01 00:00:00') - toDate('2020-01-01'); 5 - toDate('2020-01-01'); toDecimal32(1, 2) / 0;
  toDecimal32(1.5, 2) / toDecimal32(3, 4); toDecimal32(1, 9) * toDecimal32(1, 9);
  toDecimal32(99999.99, 4) * toDecimal32(99.99, 4); toDecimal32(1e10, 2); 'a' = 1;
  toDate('2020-01-01') = 18262; 3 IN ('a', 1); 'a' AND 1; toDate('2020-01-01') AND 1;
  toDecimal32(1, 2) AND 1; NOT 'a'; if('a', 1, 2); if(1.5, 1, 2); assumeNotNull(NULL); empty(5); length(5);
  upper(5); 1 LIKE '1'; 'ab' LIKE 'ab\\'; base64Decode('!!!'); toInt8('12a'); toInt8(' 12'); toInt8('1.5');
  toUInt8(nan); toFloat64('abc'); toDate('abc'); toDateTime(''); toUUID('x'); toFixedString('abc', 2);
  toBool('x'); toInt32OrZero(5); CAST('b' AS Enum8('a' = 1)); CAST(2 AS Enum8('a' = 1));
  CAST(NULL AS UInt8); CAST(1000::Decimal(9, 1) AS UInt8); CAST(nan AS Decimal(9, 1));
  toHour(toDate('2020-05-06')); toStartOfHour(toDate('2020-05-06'));
  toStartOfInterval(toDate('2020-05-06'), INTERVAL 1 HOUR);
  dateDiff('xx', toDate('2020-01-31'), toDate('2020-02-01')); addDays(toDate('2020-01-31'), '1');
  toYear('2020-01-01'); formatDateTime(toDateTime('2020-05-06 07:08:09'), '%E');
  parseDateTimeBestEffort('xx'); bitXor(1, 2.5); bitShiftLeft(1, -1); noSuchFunction(1); noSuchColumn;
  length(); length('a', 'b'); CAST(materialize(NULL::Nullable(UInt8)) AS UInt8); NULL::NoSuchType;
`
  .split(';')
  .map((item) => item.trim())
  .filter((item) => item !== '');

function numberFromClickHouse(expression: string): number | undefined {
  try {
    chdb.query(`SELECT ${expression}`, 'TabSeparated');
    return undefined;
  } catch (error) {
    return (error as { clickhouseCode: number }).clickhouseCode;
  }
}

function numberFromWinnow(expression: string): number | undefined {
  const scope = { resolve: () => undefined, names: () => [] };
  try {
    evaluate(
      bindExpression(parseExpression(expression), scope, {
        parameters: {},
        nowMs: 0,
        currentDatabase: 'default',
      }),
      { rowCount: 1, columns: [] },
    );
    return undefined;
  } catch (error) {
    if (error instanceof WinnowError) return error.number;
    throw error;
  }
}

test('what ClickHouse refuses is refused with its number', () => {
  const differing = refused.flatMap((expression) => {
    const [theirs, ours] = [numberFromClickHouse(expression), numberFromWinnow(expression)];
    return ours === undefined || theirs !== ours ? [`${expression}: ${ours}, ClickHouse ${theirs}`] : [];
  });
  console.log(`${refused.length} refusals compared`);
  expect(differing).toEqual([]);
});
