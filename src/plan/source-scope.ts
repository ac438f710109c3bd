// source-scope.ts — what names mean in a SELECT: the columns of its FROM.

import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import type { Scope } from '../expr/expression.ts';
import { findColumn } from '../expr/table-scope.ts';
import type * as sql from '../sql/ast.ts';
import type { NamedType } from '../types/column.ts';
import { mapChildren } from './walk.ts';

type Parts = readonly string[];

export type SourceScope = Scope & {
  /** Column i of the source's blocks, before any are left out. */
  readonly columns: readonly NamedType[];
  /** Per table, the names that may stand before its columns' names, the most specific last. */
  readonly tables: readonly (readonly Parts[])[];
  /** The column of that name. */
  find(parts: Parts): number | 'ambiguous' | undefined;
  /** Names of a column, the shortest first; in a join some of them may mean another one, or none. */
  namesOf(column: number): readonly Parts[];
  /** Columns of `*`, or of `t.*`; undefined when `t` is not one table. */
  star(qualifier: Parts): readonly number[] | undefined;
};

export function sourceScope(
  columns: readonly NamedType[],
  qualifiers: readonly Parts[],
  visible: readonly number[] = columns.map((_, i) => i),
): SourceScope {
  const byName = new Map(visible.map((index) => [columns[index]!.name, index]));
  const isQualifier = (parts: Parts): boolean =>
    parts.length === 0 || qualifiers.some((known) => sameParts(known, parts));
  const find = (parts: Parts): number | undefined => findColumn(parts, isQualifier, byName);
  return {
    columns,
    tables: [qualifiers],
    find,
    namesOf(column) {
      const { name } = columns[column]!;
      return [[name], ...qualifiers.map((qualifier) => [...qualifier, name])];
    },
    star: (qualifier) => (isQualifier(qualifier) ? visible : undefined),
    resolve(parts) {
      const index = find(parts);
      return index === undefined ? undefined : { kind: 'column', index, ...columns[index]! };
    },
    names: () => [...byName.keys()],
  };
}

export function sameParts(a: Parts, b: Parts): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

/** The shortest name that means the column. */
export function nameOf(column: number, scope: SourceScope): Parts {
  const name = scope.namesOf(column).find((parts) => scope.find(parts) === column);
  return must(name, 'every column of a scope has a name of its own');
}

/**
 * The expression with every column under its shortest name: `orders.id` is `id` where no other table has one, and
 * `orders.t.a` is `t.a`, element a of column t. Aliases stay as they are. Errors: AMBIGUOUS_IDENTIFIER.
 */
export function unqualified(
  e: sql.Expression,
  scope: SourceScope,
  isAlias: (name: string) => boolean = () => false,
): sql.Expression {
  if (e.kind !== 'identifier') return mapChildren(e, (child) => unqualified(child, scope, isAlias));
  const found = e.parts.length === 1 && isAlias(e.parts[0]!) ? undefined : longestName(e.parts, scope);
  if (!found) return e;
  if (found.column === 'ambiguous')
    throw new WinnowError('AMBIGUOUS_IDENTIFIER', `ambiguous identifier ${e.parts.join('.')}`, {
      position: e.position,
      hint: 'Several tables of the query have such a column: write the name of one before it.',
    });
  return { ...e, parts: [...nameOf(found.column, scope), ...e.parts.slice(found.length)] };
}

function longestName(
  parts: Parts,
  scope: SourceScope,
): { readonly column: number | 'ambiguous'; readonly length: number } | undefined {
  for (let length = parts.length; length > 0; length--) {
    const column = scope.find(parts.slice(0, length));
    if (column !== undefined) return { column, length };
  }
  return undefined;
}

/** `*` and `t.*` among the items become the columns they stand for. Errors: UNKNOWN_IDENTIFIER, NO_SUCH_COLUMN_IN_TABLE. */
export function expandStars(items: readonly sql.Expression[], scope: SourceScope): sql.Expression[] {
  return items.flatMap((item): readonly sql.Expression[] => {
    if (item.kind !== 'star') return [item];
    const { qualifier, except, position } = item;
    const columns = scope.star(qualifier);
    if (!columns) {
      throw new WinnowError('UNKNOWN_IDENTIFIER', `${qualifier.join('.')}.* names no table of this query`, {
        position,
      });
    }
    const names = columns.map((column) => scope.columns[column]!.name);
    for (const name of except) {
      if (names.includes(name)) continue;
      const near = nearestName(name, names);
      const hint = near && `Maybe you meant: ${near}`;
      throw new WinnowError('NO_SUCH_COLUMN_IN_TABLE', `EXCEPT names column ${name}, which is not there`, {
        position,
        hint,
      });
    }
    const kept = columns.filter((_, i) => !except.includes(names[i]!));
    return kept.map((column) => ({ kind: 'identifier', parts: nameOf(column, scope), position }));
  });
}
