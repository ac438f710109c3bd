// path-view.ts — a query as one path sees it: what equals a computed column of an index table is that column.
//
// Keeps true: on rows of the table, with the computed columns behind its own, every expression gives what it gave.

import type { PathDefinition } from '../catalog/access.ts';
import type { TableDefinition } from '../catalog/definitions.ts';
import { computedExpressions } from '../catalog/stored-expression.ts';
import type { Expression as Bound } from '../expr/expression.ts';
import { sameExpression } from '../expr/same-expression.ts';
import { restrictionsOf, type Conjunct } from './predicates.ts';
import { mapArguments } from './walk.ts';

export type PathView = {
  /** The expression, over the table's columns, in terms of the path's. */
  readonly express: (e: Bound) => Bound;
  readonly conjunct: (conjunct: Conjunct) => Conjunct;
};

const asItIs: PathView = { express: (e) => e, conjunct: (conjunct) => conjunct };

export function viewOf(path: PathDefinition, table: TableDefinition): PathView {
  if (path.kind !== 'indexTable' || !path.computed || path.using) return asItIs;
  const expressions = computedExpressions(path, table);
  const columns = path.computed.map(({ name, type }, i): Bound => {
    return { kind: 'column', index: table.columns.length + i, name, type };
  });
  const express = (e: Bound): Bound => {
    const found = expressions.findIndex((expression) => sameExpression(expression, e));
    return found < 0 ? mapArguments(e, express) : columns[found]!;
  };
  return {
    express,
    conjunct: (conjunct) => {
      const bound = express(conjunct.bound);
      if (bound === conjunct.bound) return conjunct;
      return { ...conjunct, bound, restrictions: restrictionsOf(bound) };
    },
  };
}
