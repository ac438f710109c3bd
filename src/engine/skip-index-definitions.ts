// skip-index-definitions.ts — INDEX in CREATE and ALTER: from the text to the definition that is stored.

import { WinnowError, type SourcePosition } from '../base/errors.ts';
import { bitmapIndexOf, isBitmapIndex } from '../catalog/bitmap-indexes.ts';
import type { SkipIndexDefinition } from '../catalog/definitions.ts';
import { skipIndexOf } from '../catalog/skip-indexes.ts';
import type { Expression, IndexDeclaration, IndexType } from '../sql/ast.ts';
import { printExpression, printIndexType } from '../sql/printer.ts';
import type { NamedType } from '../types/column.ts';
import { refuseVarying } from './stored-text.ts';

/** Undefined when there are none. Errors: ILLEGAL_INDEX of two of one name, and those of `skipIndexDefinition`. */
export function skipIndexDefinitions(
  indexes: readonly IndexDeclaration[],
  columns: readonly NamedType[],
): readonly SkipIndexDefinition[] | undefined {
  if (indexes.length === 0) return undefined;
  const twice = indexes.find(({ name }, i) => indexes.findIndex((other) => other.name === name) < i);
  if (twice)
    throw new WinnowError('ILLEGAL_INDEX', `Duplicated index name ${twice.name} is not allowed`, {
      position: twice.position,
    });
  return indexes.map((index) => skipIndexDefinition(index, columns));
}

/** Errors: those of `skipIndexOf` and `bitmapIndexOf`, BAD_ARGUMENTS of an expression that varies. */
export function skipIndexDefinition(
  { name, expression, type, granularity, position }: IndexDeclaration,
  columns: readonly NamedType[],
): SkipIndexDefinition {
  refuseVarying(expression, `INDEX ${name}`);
  const definition = {
    name,
    sql: printExpression(expression),
    typeSql: printIndexType(normalised(type)),
    granularity,
  };
  const check = isBitmapIndex(definition) ? bitmapIndexOf : skipIndexOf;
  atPosition(position, () => void check(definition, columns));
  return definition;
}

/** Numbers as ClickHouse prints them: `1e-3` is `0.001`. */
function normalised({ args, ...type }: IndexType): IndexType {
  return { ...type, args: args?.map(normalisedNumber) };
}

function normalisedNumber(e: Expression): Expression {
  if (e.kind !== 'literal' || e.value.kind !== 'number' || /^-?\d+$/.test(e.value.text)) return e;
  return { ...e, value: { kind: 'number', text: String(Number(e.value.text)) } };
}

/** A stored text is parsed on its own: what is wrong with it stands at `position` of the statement. */
export function atPosition<T>(position: SourcePosition, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
    throw new WinnowError(error.code, error.message, { detail: error.detail, hint: error.hint, position });
  }
}
