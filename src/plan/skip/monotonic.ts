// monotonic.ts — functions that keep the order of what they are applied to.

import type { Expression as Bound } from '../../expr/expression.ts';
import { withoutNullable } from '../../types/data-type.ts';

/** Of Date and DateTime, over their whole range. */
const neverFalling: ReadonlySet<string> = new Set([
  'toDate',
  'toYear',
  'toYYYYMM',
  'toYYYYMMDD',
  'toStartOfYear',
  'toStartOfQuarter',
  'toStartOfMonth',
  'toStartOfDay',
  'toStartOfHour',
  'toStartOfMinute',
  'toStartOfFiveMinutes',
  'toStartOfTenMinutes',
  'toStartOfFifteenMinutes',
  'toUnixTimestamp',
]);

/** What the expression is applied to, one function inside the other, none of which ever falls; itself first. */
export function* monotonicOperands(e: Bound): Generator<Bound> {
  yield e;
  if (e.kind !== 'call' || e.args.length !== 1 || !neverFalling.has(e.name)) return;
  const [argument] = e.args;
  const { kind } = withoutNullable(argument!.type);
  if (kind === 'Date' || kind === 'DateTime') yield* monotonicOperands(argument!);
}
