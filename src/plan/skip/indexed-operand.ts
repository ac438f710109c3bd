// indexed-operand.ts — where the values that a condition asks about lie in an index: an expression itself, elements of an
// array, or keys and values of a map.

import { evaluate } from '../../expr/evaluate.ts';
import type { Expression as Bound } from '../../expr/expression.ts';
import { sameExpression } from '../../expr/same-expression.ts';
import { WinnowError } from '../../base/errors.ts';
import { defaultRow } from '../../types/column-builder.ts';
import type { Column } from '../../types/column.ts';
import { withoutNullable, type DataType } from '../../types/data-type.ts';
import type { OperandTest, TestedOperand } from '../operand-test.ts';
import { mapArguments } from '../walk.ts';
import { placeOf } from './place-of.ts';

/** The condition is true only in rows that have a value at that place for which the test holds. */
export type IndexedTest = { readonly place: number; readonly test: OperandTest };

/** All of these hold together in a row for which the test holds; none: the index knows nothing of the operand. */
export function indexedTests(
  expressions: readonly Bound[],
  e: Bound,
  { operand, test, negated }: TestedOperand,
): IndexedTest[] {
  const at = (place: number, of: OperandTest): IndexedTest[] => (place < 0 ? [] : [{ place, test: of }]);
  const isMap = operand.type.kind === 'Map';
  switch (test.kind) {
    case 'has':
      return at(isMap ? placeOfCall(expressions, 'mapKeys', operand) : placeOf(expressions, operand), test);
    case 'hasValue':
      return at(placeOfCall(expressions, 'mapValues', operand), { ...test, kind: 'has' });
    case 'hasAny':
    case 'hasAll':
      return at(placeOf(expressions, operand), test);
    default: {
      const place = placeOf(expressions, operand);
      if (place >= 0) return isComposite(expressions[place]!.type) ? [] : at(place, test);
      const found = elementOfMap(operand);
      if (!found || holdsForDefault(e, operand, negated)) return [];
      return [
        ...at(placeOfCall(expressions, 'mapKeys', found.map), { kind: 'has', constant: found.key }),
        ...at(placeOfCall(expressions, 'mapValues', found.map), test),
      ];
    }
  }
}

const isComposite = ({ kind }: DataType): boolean => kind === 'Array' || kind === 'Map' || kind === 'Tuple';

/** What a filter holds of values of that type. */
export const elementOf = (type: DataType): DataType =>
  withoutNullable(type.kind === 'Array' ? type.inner : type);

function placeOfCall(expressions: readonly Bound[], name: string, argument: Bound): number {
  return expressions.findIndex(
    (e) => e.kind === 'call' && e.name === name && sameExpression(e.args[0]!, argument),
  );
}

/** `map['key']` */
function elementOfMap(e: Bound): { readonly map: Bound; readonly key: Column } | undefined {
  if (e.kind !== 'call' || e.name !== 'arrayElement') return undefined;
  const [map, key] = e.args;
  return map?.type.kind === 'Map' && key?.kind === 'literal' ? { map, key: key.value } : undefined;
}

/** A map without the key gives the default of its values. Errors of the condition count as that. */
function holdsForDefault(e: Bound, operand: Bound, negated: boolean): boolean {
  const missing: Bound = { kind: 'literal', value: defaultRow(operand.type), type: operand.type };
  const of = (node: Bound): Bound => (node === operand ? missing : mapArguments(node, of));
  try {
    const column = evaluate(of(e), { rowCount: 1, columns: [] });
    if (column.layout !== 'fixed' || column.nulls?.[0] === 1) return false;
    return (Number(column.values[0]) !== 0) !== negated;
  } catch (error) {
    if (error instanceof WinnowError) return true;
    throw error;
  }
}
