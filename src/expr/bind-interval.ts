// bind-interval.ts — INTERVAL has no type here: it becomes an amount and the name of a unit, as two arguments.

import type * as sql from '../sql/ast.ts';
import type { Expression } from './expression.ts';
import { literalOf } from './literals.ts';
import { isUnit } from './temporal-arithmetic.ts';

type Interval = Pick<Extract<sql.Expression, { kind: 'interval' }>, 'amount' | 'unit'>;

/** `INTERVAL 3 DAY` or `toIntervalDay(3)`. */
function asInterval(ast: sql.Expression): Interval | undefined {
  if (ast.kind === 'interval') return ast;
  if (ast.kind !== 'call' || !ast.name.startsWith('toInterval') || ast.args.length !== 1) return undefined;
  const unit = ast.name.slice('toInterval'.length).toLowerCase();
  const [amount] = ast.args;
  return amount && isUnit(unit) ? { amount, unit: unit.toUpperCase() as sql.IntervalUnit } : undefined;
}

/** The date and the interval of `date + INTERVAL …`, `INTERVAL … + date` or `date - INTERVAL …`. */
export function intervalOperand(
  ast: Extract<sql.Expression, { kind: 'binary' }>,
): { date: sql.Expression; interval: Interval } | undefined {
  if (ast.operator !== '+' && ast.operator !== '-') return undefined;
  const right = asInterval(ast.right);
  if (right) return { date: ast.left, interval: right };
  const left = ast.operator === '+' ? asInterval(ast.left) : undefined;
  return left && { date: ast.right, interval: left };
}

/** Functions whose first argument may be a bare unit: dateAdd(DAY, 1, d). */
const unitFirst = /^(date_?(add|sub|diff)|timestamp_?(add|sub|diff))$/i;

/** The bound arguments of a call; an interval becomes its amount and its unit, a bare unit its name. */
export function expandIntervals(
  call: Extract<sql.Expression, { kind: 'call' }>,
  bind: (ast: sql.Expression) => Expression,
): Expression[] {
  return call.args.flatMap((arg, index) => {
    const interval = asInterval(arg);
    if (interval) return [bind(interval.amount), literalOf({ kind: 'String' }, interval.unit)];
    const name = arg.kind === 'identifier' && arg.parts.length === 1 ? arg.parts[0]!.toLowerCase() : '';
    if (index === 0 && unitFirst.test(call.name) && isUnit(name))
      return [literalOf({ kind: 'String' }, name)];
    return [bind(arg)];
  });
}
