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
      const name = parts.at(-1)!;
      const qualifier = parts.slice(0, -1);
      if (qualifier.length > 0 && !qualifies(qualifier, table)) return undefined;
      const index = positions.get(name);
      return index === undefined ? undefined : { kind: 'column', index, name, type: columns[index]!.type };
    },
    names: () => columns.map(({ name }) => name),
  };
}

function qualifies(
  qualifier: readonly string[],
  table: { readonly database: string; readonly name: string } | undefined,
): boolean {
  if (!table) return false;
  if (qualifier.length === 1) return qualifier[0] === table.name;
  return qualifier.length === 2 && qualifier[0] === table.database && qualifier[1] === table.name;
}
