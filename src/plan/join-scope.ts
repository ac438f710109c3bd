// join-scope.ts — what names mean in a JOIN: the columns of its left side, then those of its right side.

import type { DataType } from '../types/data-type.ts';
import { nameOf, type SourceScope } from './source-scope.ts';

export type JoinNames = {
  /** Columns of USING: of the left side when they are named alone. */
  readonly using: readonly string[];
  /** Of two columns of one name the left one is meant: so ClickHouse reads a query of one join. */
  readonly prefersLeft: boolean;
  /** Types that USING gives to columns. */
  readonly types: ReadonlyMap<number, DataType>;
};

/** `right` is no join. */
export function joinScope(left: SourceScope, right: SourceScope, names: JoinNames): SourceScope {
  const { using, prefersLeft, types } = names;
  const width = left.columns.length;
  const find: SourceScope['find'] = (parts) => {
    const [ofLeft, ofRight] = [left.find(parts), right.find(parts)];
    if (ofLeft === 'ambiguous' || ofRight === undefined) return ofLeft;
    if (ofRight === 'ambiguous') return ofRight;
    if (ofLeft === undefined) return width + ofRight;
    const means = parts.length === 1 && (prefersLeft || using.includes(parts[0]!));
    return means ? ofLeft : 'ambiguous';
  };
  const scope: SourceScope = {
    columns: [...left.columns, ...right.columns].map((column, i) => {
      const type = types.get(i);
      return type ? { ...column, type } : column;
    }),
    tables: [...left.tables, ...right.tables],
    find,
    namesOf: (column) => (column < width ? left.namesOf(column) : right.namesOf(column - width)),
    star(qualifier) {
      const [ofLeft, ofRight] = [
        left.star(qualifier),
        right.star(qualifier)?.map((column) => width + column),
      ];
      if (qualifier.length > 0) return ofLeft && ofRight ? undefined : (ofLeft ?? ofRight);
      const shared = using.map((name) => left.find([name]));
      const own = (columns: readonly number[] = []): number[] =>
        columns.filter((column) => !shared.includes(column));
      const isUsing = (column: number): boolean => using.includes(scope.columns[column]!.name);
      const rest = own(ofRight).filter((column) => !isUsing(column));
      return [...shared.filter((column) => typeof column === 'number'), ...own(ofLeft), ...rest];
    },
    resolve(parts) {
      const column = find(parts);
      if (typeof column !== 'number') return undefined;
      const name = nameOf(column, scope).join('.');
      return { kind: 'column', index: column, name, type: scope.columns[column]!.type };
    },
    names: () => [...left.names(), ...right.names()],
  };
  return scope;
}
