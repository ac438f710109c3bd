// increment.ts — addition to one value of a row, exact and within its type.

import { WinnowError } from '../base/errors.ts';
import { wholesOf } from '../expr/vectors.ts';
import { createColumnBuilder } from '../types/column-builder.ts';
import { withoutNullable } from '../types/data-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import type { Column, NamedType } from '../types/column.ts';

/**
 * The one value of `column` plus `by`, as a column; NULL counts as 0.
 * Errors: ILLEGAL_TYPE_OF_ARGUMENT for a column that is no number, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE, DECIMAL_OVERFLOW.
 */
export function increased(column: Column, by: number | bigint, { name, type }: NamedType): Column {
  const plain = withoutNullable(type);
  if (plain.kind === 'Decimal') return increasedDecimal(column, by, type, plain.precision);
  if (plain.kind === 'Float32' || plain.kind === 'Float64') {
    return columnOf(type, [Number(valueAt(column, 0) ?? 0) + Number(by)]);
  }
  if (!/^U?Int/.test(plain.kind)) {
    throw new WinnowError(
      'ILLEGAL_TYPE_OF_ARGUMENT',
      `column ${name} of type ${plain.kind} cannot be incremented`,
    );
  }
  if (typeof by === 'number' && !Number.isSafeInteger(by)) {
    throw new WinnowError('BAD_ARGUMENTS', `column ${name} takes whole numbers, not ${by}`);
  }
  return columnOf(type, [BigInt((valueAt(column, 0) ?? 0) as number | bigint) + BigInt(by)]);
}

function increasedDecimal(
  column: Column,
  by: number | bigint,
  type: NamedType['type'],
  precision: number,
): Column {
  const [value, step] = [column, columnOf(type, [by])].map((each) => wholesOf(each, 1)[0]!) as [
    bigint,
    bigint,
  ];
  const sum = value + step;
  const limit = 10n ** BigInt(precision);
  if (sum >= limit || sum <= -limit)
    throw new WinnowError('DECIMAL_OVERFLOW', `the sum has more than ${precision} digits`);
  const builder = createColumnBuilder(type, 1);
  builder.appendBigint(sum);
  return builder.finish();
}
