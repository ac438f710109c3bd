// same-expression.ts — whether two bound expressions over the same block always give the same column.
//
// Keeps true: never true by mistake. What a function computes is fixed by its name, its arguments and their types.

import type { Column } from '../types/column.ts';
import { sameType } from '../types/data-type.ts';
import type { Expression } from './expression.ts';

export function sameExpression(a: Expression, b: Expression): boolean {
  // Types last: comparing them takes the longest.
  return sameParts(a, b) && sameType(a.type, b.type);
}

function sameParts(a: Expression, b: Expression): boolean {
  switch (a.kind) {
    case 'column':
      return b.kind === 'column' && a.index === b.index;
    case 'literal':
      return b.kind === 'literal' && sameColumn(a.value, b.value);
    case 'call':
      return b.kind === 'call' && a.name === b.name && sameList(a.args, b.args) && sameSets(a.set, b.set);
    case 'in':
      return (
        b.kind === 'in' &&
        a.negated === b.negated &&
        sameExpression(a.operand, b.operand) &&
        sameColumn(a.set, b.set)
      );
  }
}

function sameList(a: readonly Expression[], b: readonly Expression[]): boolean {
  return a.length === b.length && a.every((each, i) => sameExpression(each, b[i]!));
}

function sameSets(a: readonly Column[] | undefined, b: readonly Column[] | undefined): boolean {
  if (!a || !b) return a === b;
  return a.length === b.length && a.every((column, i) => sameColumn(column, b[i]!));
}

/** Constants of composite types are taken as different. */
function sameColumn(a: Column, b: Column): boolean {
  if (a.rowCount !== b.rowCount || !sameType(a.type, b.type)) return false;
  for (let row = 0; row < a.rowCount; row++) {
    const isNull = a.nulls?.[row] === 1;
    if (isNull !== (b.nulls?.[row] === 1) || (!isNull && !sameValue(a, b, row))) return false;
  }
  return true;
}

function sameValue(a: Column, b: Column, row: number): boolean {
  if (a.layout === 'fixed' && b.layout === 'fixed') return Object.is(a.values[row], b.values[row]);
  if (a.layout !== 'bytes' || b.layout !== 'bytes') return false;
  const bytesOf = (column: typeof a): Buffer =>
    column.bytes.subarray(column.offsets[row], column.offsets[row + 1]);
  return bytesOf(a).equals(bytesOf(b));
}
