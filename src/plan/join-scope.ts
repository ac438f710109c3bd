// join-scope.ts — what names mean in a JOIN: columns of two sides.

import type { DataType } from '../types/data-type.ts';
import { nameOf, type SourceScope } from './source-scope.ts';

export type JoinNames = {
  /** Columns of USING: of the first side when they are named alone. */
  readonly using: readonly string[];
  /** RIGHT JOIN: the first side is the one that is written on the right. */
  readonly swapped: boolean;
  /** Of two columns of one name that of the side on the left is meant: so ClickHouse reads a query of one join. */
  readonly prefersLeft: boolean;
  /** Types that USING gives to columns. */
  readonly types: ReadonlyMap<number, DataType>;
};

/** Columns are numbered side by side: those of `first`, whose rows are all there, then those of `second`. */
export function joinScope(first: SourceScope, second: SourceScope, names: JoinNames): SourceScope {
  const { using, swapped, prefersLeft, types } = names;
  const width = first.columns.length;
  const find: SourceScope['find'] = (parts) => {
    const [a, b] = [first.find(parts), second.find(parts)];
    if (a === 'ambiguous' || b === undefined) return a;
    if (b === 'ambiguous') return b;
    if (a === undefined) return width + b;
    if (parts.length > 1) return 'ambiguous';
    if (using.includes(parts[0]!)) return a;
    if (!prefersLeft) return 'ambiguous';
    return swapped ? width + b : a;
  };
  const scope: SourceScope = {
    columns: [...first.columns, ...second.columns].map((column, i) => {
      const type = types.get(i);
      return type ? { ...column, type } : column;
    }),
    tables: [...first.tables, ...second.tables],
    find,
    namesOf: (column) => (column < width ? first.namesOf(column) : second.namesOf(column - width)),
    star(qualifier) {
      const a = first.star(qualifier);
      const b = second.star(qualifier)?.map((column) => width + column);
      if (qualifier.length > 0) return a && b ? undefined : (a ?? b);
      const isShared = (column: number): boolean => using.includes(scope.columns[column]!.name);
      const own = [a ?? [], b ?? []].map((columns) => columns.filter((column) => !isShared(column)));
      const shared = using.map((name) => first.find([name])).filter((column) => typeof column === 'number');
      return [...shared, ...(swapped ? own.reverse() : own).flat()];
    },
    resolve(parts) {
      const column = find(parts);
      if (typeof column !== 'number') return undefined;
      const name = nameOf(column, scope).join('.');
      return { kind: 'column', index: column, name, type: scope.columns[column]!.type };
    },
    names: () => [...first.names(), ...second.names()],
  };
  return scope;
}
