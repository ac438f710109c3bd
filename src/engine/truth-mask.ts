import { WinnowError } from '../base/errors.ts';
import { typeName } from '../types/data-type.ts';
import type { Column } from '../types/column.ts';

/** 1 where a condition holds, neither 0 nor NULL. Errors: ILLEGAL_TYPE_OF_ARGUMENT when the column is no number. */
export function truthMask(condition: Column): { readonly mask: Uint8Array; readonly kept: number } {
  if (condition.layout === 'bytes') {
    throw new WinnowError('ILLEGAL_TYPE_OF_ARGUMENT', `a condition must be a number, not ${typeName(condition.type)}`);
  }
  const { values, nulls, rowCount } = condition;
  const mask = new Uint8Array(rowCount);
  let kept = 0;
  for (let row = 0; row < rowCount; row++) {
    // Loose on purpose: 64-bit values are bigint.
    if (values[row] == 0 || nulls?.[row] === 1) continue;
    mask[row] = 1;
    kept++;
  }
  return { mask, kept };
}
