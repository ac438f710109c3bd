// table-scope.ts — names of one table's columns, for expressions over blocks that hold them all.

import type { Scope } from './expression.ts';
import type { NamedType } from '../types/column.ts';

/** Column i of the block is `columns[i]`. With `table`, names may be qualified: `orders.id`, `shop.orders.id`. */
export function tableScope(
  columns: readonly NamedType[],
  table?: { readonly database: string; readonly name: string },
): Scope {
  const positions = new Map(columns.map(({ name }, i) => [name, i]));
  return {
    resolve(parts) {
      const isQualifier = (qualifier: readonly string[]): boolean =>
        qualifier.length === 0 || qualifies(qualifier, table);
      const index = findColumn(parts, isQualifier, positions);
      return index === undefined ? undefined : { kind: 'column', index, ...columns[index]! };
    },
    names: () => columns.map(({ name }) => name),
  };
}

/** The column of that name, whose own parts may have dots between: `n.a`, and `t.n.a` of table t. */
export function findColumn(
  parts: readonly string[],
  isQualifier: (parts: readonly string[]) => boolean,
  positions: ReadonlyMap<string, number>,
): number | undefined {
  for (let from = parts.length - 1; from >= 0; from--) {
    const position = positions.get(parts.slice(from).join('.'));
    if (position !== undefined && isQualifier(parts.slice(0, from))) return position;
  }
  return undefined;
}

function qualifies(
  qualifier: readonly string[],
  table: { readonly database: string; readonly name: string } | undefined,
): boolean {
  if (!table) return false;
  if (qualifier.length === 1) return qualifier[0] === table.name;
  return qualifier.length === 2 && qualifier[0] === table.database && qualifier[1] === table.name;
}
