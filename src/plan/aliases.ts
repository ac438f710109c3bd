// aliases.ts — `expr AS name` may be used anywhere in its SELECT; here every use becomes the expression itself.
//
// As in ClickHouse an alias hides a column of the same name, except inside the alias's own expression.

import { WinnowError } from '../base/errors.ts';
import type { Expression, SelectQuery } from '../sql/ast.ts';
import { columnName } from './column-name.ts';
import { mapChildren, walk } from './walk.ts';

export type Aliases = ReadonlyMap<string, Expression>;

/** All aliases of one SELECT, WITH expressions included. Errors: MULTIPLE_EXPRESSIONS_FOR_ALIAS. */
export function collectAliases(query: SelectQuery): Aliases {
  const aliases = new Map<string, Expression>();
  const add = (name: string, expression: Expression): void => {
    const known = aliases.get(name);
    if (known && columnName(known) !== columnName(expression)) {
      throw new WinnowError(
        'MULTIPLE_EXPRESSIONS_FOR_ALIAS',
        `alias ${name} stands for several expressions`,
        {
          position: expression.position,
        },
      );
    }
    aliases.set(name, expression);
  };
  for (const item of query.with) if (item.kind === 'expression') add(item.name, item.expression);
  for (const root of expressionsOf(query)) {
    walk(root, (node) => {
      if (node.kind === 'alias') add(node.name, node.operand);
    });
  }
  return aliases;
}

function expressionsOf(query: SelectQuery): Expression[] {
  const { where, having } = query;
  const optional = [where, having].filter((e) => e !== undefined);
  return [...query.items, ...optional, ...query.groupBy, ...query.orderBy.map((item) => item.expression)];
}

/** The expression with aliases replaced by what they stand for; `expr AS name` itself becomes expr. */
export function resolveAliases(
  e: Expression,
  aliases: Aliases,
  inside: ReadonlySet<string> = new Set(),
): Expression {
  if (e.kind === 'alias') return resolveAliases(e.operand, aliases, new Set([...inside, e.name]));
  if (e.kind === 'identifier' && e.parts.length === 1) {
    const name = e.parts[0]!;
    const target = inside.has(name) ? undefined : aliases.get(name);
    return target ? resolveAliases(target, aliases, new Set([...inside, name])) : e;
  }
  return mapChildren(e, (child) => resolveAliases(child, aliases, inside));
}
