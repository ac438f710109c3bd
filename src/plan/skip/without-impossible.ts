// without-impossible.ts — conditions that no row can make true, whatever it holds, become 0: `a > 5 AND a < 3`.
//
// Keeps true: under NOT, too, rows are not lost, because what is never true counts as something that can be false.

import type { Expression as Bound } from '../../expr/expression.ts';
import { columnOf } from '../../types/value.ts';
import { restrictionsOf } from '../predicates.ts';

const uint8 = { kind: 'UInt8' } as const;
const never: Bound = { kind: 'literal', value: columnOf(uint8, [0]), type: uint8 };

export function withoutImpossible(e: Bound): Bound {
  if (e.kind === 'literal') return e;
  if (isImpossible(e)) return never;
  if (e.kind !== 'call' || !['and', 'or', 'not'].includes(e.name)) return e;
  return { ...e, args: e.args.map(withoutImpossible) };
}

const isImpossible = (e: Bound): boolean =>
  [...restrictionsOf(e).columns.values()].some((spans) => spans.length === 0);
