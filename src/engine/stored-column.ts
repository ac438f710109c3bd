// stored-column.ts — computed values as a column of a table holds them: nothing may be lost on the way in.

import { WinnowError } from '../base/errors.ts';
import { castColumn } from '../expr/cast.ts';
import { isNullable, sameType, typeName, withoutNullable } from '../types/data-type.ts';
import type { Column, NamedType } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';

/**
 * The values in the type of the target. A cast would let a whole number that is too large wrap around; a write does not.
 * Errors: CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE, and those of the cast.
 */
export function storedColumn(column: Column, target: NamedType): Column {
  checkNoNulls(column, target);
  const stored = castColumn(column, target.type);
  if (!sameType(column.type, target.type)) checkRange(column, stored, target);
  return stored;
}

function checkNoNulls(column: Column, target: NamedType): void {
  if (!column.nulls || isNullable(target.type)) return;
  if (column.nulls.subarray(0, column.rowCount).indexOf(1) < 0) return;
  throw new WinnowError('CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN', `column ${target.name} does not take NULL`, {
    hint: 'Declare it Nullable, or give a value.',
  });
}

/** Goes into arrays, maps and tuples, if a tuple's elements stay in their places. */
function checkRange(column: Column, stored: Column, target: NamedType): void {
  if (column.layout === 'array' && stored.layout === 'array')
    return checkRange(column.elements, stored.elements, target);
  if (column.layout === 'tuple' && stored.layout === 'tuple') {
    if (!keepsPlaces(column.type, stored.type)) return;
    return column.fields.forEach((field, i) => checkRange(field, stored.fields[i]!, target));
  }
  if (column.layout !== 'fixed' || stored.layout !== 'fixed') return;
  if (!isInteger(stored.type) || !isNumber(column.type)) return;
  for (let row = 0; row < column.rowCount; row++) {
    if (column.nulls?.[row] === 1) continue;
    const value = column.values[row]!;
    const whole = typeof value === 'number' ? Math.trunc(value) : value;
    const kept = stored.values[row]!;
    if (sameNumber(whole, kept)) continue;
    const message = `${value} does not fit column ${target.name} of type ${typeName(target.type)}`;
    throw new WinnowError('VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE', message);
  }
}

/** Between tuples with different names, elements go by name. */
function keepsPlaces(from: DataType, to: DataType): boolean {
  const [names, target] = [from, to].map((type) =>
    (type.kind === 'Tuple' ? type.elements : []).map(({ name }) => name),
  );
  return names!.includes(undefined) || target!.includes(undefined) || names!.join() === target!.join();
}

function sameNumber(a: number | bigint, b: number | bigint): boolean {
  if (typeof a === 'number' && typeof b === 'bigint') return Number.isFinite(a) && BigInt(a) === b;
  return typeof a === 'bigint' && typeof b === 'number' ? a === BigInt(b) : a === b;
}

function isInteger(type: DataType): boolean {
  return /^U?Int/.test(withoutNullable(type).kind);
}

function isNumber(type: DataType): boolean {
  return isInteger(type) || withoutNullable(type).kind.startsWith('Float');
}
