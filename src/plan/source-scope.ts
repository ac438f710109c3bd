// source-scope.ts — what names mean in a SELECT: the columns of its FROM.

import { WinnowError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import type { Scope } from '../expr/expression.ts';
import type { Expression } from '../sql/ast.ts';
import type { NamedType } from '../types/column.ts';
import { mapChildren } from './walk.ts';

export type SourceScope = Scope & {
  /** Column i of the source's blocks, before any are left out. */
  readonly columns: readonly NamedType[];
  /** Columns of `*`, as positions. */
  readonly visible: readonly number[];
  /** Names that may stand before a column's name, each as its parts. */
  readonly qualifiers: readonly (readonly string[])[];
};

export function sourceScope(
  columns: readonly NamedType[],
  qualifiers: readonly (readonly string[])[],
  visible: readonly number[] = columns.map((_, i) => i),
): SourceScope {
  const byName = new Map(visible.map((index) => [columns[index]!.name, index]));
  return {
    columns,
    visible,
    qualifiers,
    resolve(parts) {
      const qualifier = parts.slice(0, -1);
      if (qualifier.length > 0 && !qualifiers.some((known) => sameParts(known, qualifier))) return undefined;
      const index = byName.get(parts.at(-1)!);
      if (index === undefined) return undefined;
      const { name, type } = columns[index]!;
      return { kind: 'column', index, name, type };
    },
    names: () => [...byName.keys()],
  };
}

function sameParts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

/** The expression with every name as its column's: `orders.id` is `id`, and `orders.t.a` is `t.a`, element a of column t. */
export function unqualified(e: Expression, scope: Scope): Expression {
  if (e.kind !== 'identifier') return mapChildren(e, (child) => unqualified(child, scope));
  for (let length = e.parts.length; length > 1; length--) {
    if (scope.resolve(e.parts.slice(0, length)))
      return { ...e, parts: [e.parts[length - 1]!, ...e.parts.slice(length)] };
  }
  return e;
}

/** `*` and `t.*` among the items become the columns they stand for. Errors: UNKNOWN_IDENTIFIER, NO_SUCH_COLUMN_IN_TABLE. */
export function expandStars(items: readonly Expression[], scope: SourceScope): Expression[] {
  return items.flatMap((item): readonly Expression[] => {
    if (item.kind !== 'star') return [item];
    const { qualifier, except, position } = item;
    if (qualifier.length > 0 && !scope.qualifiers.some((known) => sameParts(known, qualifier))) {
      throw new WinnowError('UNKNOWN_IDENTIFIER', `${qualifier.join('.')}.* names no table of this query`, {
        position,
      });
    }
    const names = scope.visible.map((index) => scope.columns[index]!.name);
    for (const name of except) {
      if (names.includes(name)) continue;
      const near = nearestName(name, names);
      const hint = near && `Maybe you meant: ${near}`;
      throw new WinnowError('NO_SUCH_COLUMN_IN_TABLE', `EXCEPT names column ${name}, which is not there`, {
        position,
        hint,
      });
    }
    const kept = names.filter((name) => !except.includes(name));
    return kept.map((name) => ({ kind: 'identifier', parts: [name], position }));
  });
}
