// compare-tuples.ts — comparison of tuples, element by element, in three-valued logic: (1, NULL) < (2, 0) is true,
// (1, NULL) < (1, 0) is NULL.

import { must } from '../base/assert.ts';
import type { Column } from '../types/column.ts';
import { nullable, type DataType, type TupleType } from '../types/data-type.ts';
import { allNullKernel } from './cast.ts';
import type { Comparison } from './functions/comparison.ts';
import { illegalTypes, type Argument, type BoundFunction, type FunctionCall } from './scalar-function.ts';
import { isBareNull, uint8 } from './type-classes.ts';
import { fixed, fixedColumn, tuples } from './vectors.ts';

/** Compares two elements. */
type BindElement = (comparison: Comparison, call: FunctionCall) => BoundFunction;

/** Per row: 0, 1, or 2 for unknown. */
type Truth = Uint8Array;

export function bindTupleComparison(
  comparison: Comparison,
  call: FunctionCall,
  bind: BindElement,
): BoundFunction {
  const pairs = pairsOf(call);
  const byEquality = comparison === 'equals' || comparison === 'notEquals';
  const strict = comparison.startsWith('less') ? 'less' : 'greater';
  const equal = pairs.map((args) => bind('equals', { ...call, args }));
  const order = byEquality
    ? []
    : pairs.map((args, i) => bind(i + 1 < pairs.length ? strict : comparison, { ...call, args }));
  const parts = [...equal, ...order];
  if (parts.some(({ type }) => isBareNull(type)))
    return { type: nullable(uint8), run: allNullKernel(nullable(uint8)) };
  const type = parts.some((part) => part.type.kind === 'Nullable') ? nullable(uint8) : uint8;
  return {
    type,
    run: ([a, b], rowCount) => {
      const [left, right] = [tuples(a!).fields, tuples(b!).fields];
      const truths = parts.map((part, i) => {
        const element = i % pairs.length;
        return truthsOf(part.run([left[element]!, right[element]!], rowCount), rowCount);
      });
      const [equalities, orders] = [truths.slice(0, pairs.length), truths.slice(pairs.length)];
      const truth = byEquality ? equalities.reduce(both) : lexicographic(equalities, orders);
      return columnOf(type, comparison === 'notEquals' ? truth.map(inverted) : truth, rowCount);
    },
  };
}

/** The arguments of each element's comparison. */
function pairsOf(call: FunctionCall): Argument[][] {
  const [a, b] = call.args as [Argument, Argument];
  const [left, right] = [(a.type as TupleType).elements, (b.type as TupleType).elements];
  if (left.length !== right.length || left.length === 0)
    throw illegalTypes(call, 'tuples of equal length with elements');
  const element = ({ constant }: Argument, type: DataType, i: number): Argument => ({
    type,
    constant: constant && tuples(constant).fields[i],
  });
  return left.map(({ type }, i) => [element(a, type, i), element(b, right[i]!.type, i)]);
}

function truthsOf(column: Column, rowCount: number): Truth {
  const { values, nulls } = fixed(column);
  return Uint8Array.from({ length: rowCount }, (_, row) => (nulls?.[row] === 1 ? 2 : Number(values[row])));
}

function both(a: Truth, b: Truth): Truth {
  return a.map((x, row) => (x === 0 || b[row] === 0 ? 0 : Math.max(x, b[row]!)));
}

function either(a: Truth, b: Truth): Truth {
  return a.map((x, row) => (x === 1 || b[row] === 1 ? 1 : Math.max(x, b[row]!)));
}

const inverted = (truth: number): number => (truth === 2 ? 2 : 1 - truth);

/** The first elements decide, and where they are equal those behind them. */
function lexicographic(equalities: readonly Truth[], orders: readonly Truth[]): Truth {
  let truth = must(orders.at(-1), 'tuples with elements are compared');
  for (let i = orders.length - 2; i >= 0; i--) truth = either(orders[i]!, both(equalities[i]!, truth));
  return truth;
}

function columnOf(type: DataType, truth: Truth, rowCount: number): Column {
  const column = fixedColumn(
    type,
    truth.map((value) => value & 1),
    rowCount,
  );
  return type.kind === 'Nullable' ? { ...column, nulls: truth.map((value) => value >> 1) } : column;
}
