// print-bound.ts — bound expressions as text, for EXPLAIN.

import type { Expression } from '../expr/expression.ts';
import type { Column } from '../types/column.ts';
import { textAt } from '../types/text.ts';

/** A longer list is cut. */
const MAX_LISTED = 5;

export function printBound(e: Expression): string {
  switch (e.kind) {
    case 'column':
      return e.name;
    case 'literal':
      return printValue(e.value, 0);
    case 'call':
      return `${e.name}(${e.args.map(printBound).join(', ')})`;
    case 'in':
      return `${e.negated ? 'notIn' : 'in'}(${printBound(e.operand)}, (${printSet(e.set)}))`;
  }
}

/** Conjuncts in one line. */
export function printAll(conjuncts: readonly Expression[]): string {
  return conjuncts.map(printBound).join(', ');
}

function printSet(set: Column): string {
  const listed = Array.from({ length: Math.min(set.rowCount, MAX_LISTED) }, (_, row) => printValue(set, row));
  return set.rowCount > MAX_LISTED ? `${listed.join(', ')}, … ${set.rowCount} values` : listed.join(', ');
}

function printValue(column: Column, row: number): string {
  if (column.nulls?.[row] === 1) return 'NULL';
  const text = textAt(column, row);
  return column.layout === 'bytes' ? `'${text.replace(/[\\']/g, (c) => `\\${c}`)}'` : text;
}
