// bitmap-indexes.ts — INDEX … TYPE bitmap: declared among the skip indexes, kept by Winnow beside the parts.

import { notImplemented, WinnowError } from '../base/errors.ts';
import type { BitmapIndexDefinition } from '../parts/schema.ts';
import { parseExpression } from '../sql/parser.ts';
import type { NamedType } from '../types/column.ts';
import { isComposite, typeName } from '../types/data-type.ts';
import type { SkipIndexDefinition } from './definitions.ts';

/** Told apart from the skip indexes, which lie in the parts. */
export function isBitmapIndex({ typeSql }: SkipIndexDefinition): boolean {
  return /^bitmap\b/i.test(typeSql);
}

/**
 * The index over parts with these columns.
 * Errors: UNKNOWN_IDENTIFIER, BAD_ARGUMENTS of arguments, ILLEGAL_COLUMN of composite columns and states, NOT_IMPLEMENTED of an expression.
 */
export function bitmapIndexOf(
  { name, sql, typeSql }: SkipIndexDefinition,
  columns: readonly NamedType[],
): BitmapIndexDefinition {
  const type = parseExpression(typeSql);
  if (type.kind === 'call' && type.args.length > 0)
    throw new WinnowError('BAD_ARGUMENTS', 'a bitmap index takes no arguments');
  const expression = parseExpression(sql);
  if (expression.kind !== 'identifier') throw notImplemented(`a bitmap index on an expression (${sql})`);
  const column = columns.findIndex((each) => each.name === expression.parts.join('.'));
  const found = columns[column];
  if (!found) throw new WinnowError('UNKNOWN_IDENTIFIER', `index ${name}: there is no column ${sql}`);
  if (isComposite(found.type) || found.type.kind === 'AggregateFunction')
    throw new WinnowError('ILLEGAL_COLUMN', `a bitmap index on values of type ${typeName(found.type)}`);
  return { name, column };
}
