// index-knowledge.ts — what one skip index knows of a condition, granule by granule.

import type { Expression as Bound } from '../../expr/expression.ts';
import type { SkipGranules } from '../../parts/skip-index-reader.ts';
import { sliceColumn } from '../../types/block.ts';
import { testOf, type OperandTest, type TestedOperand } from '../operand-test.ts';
import { CAN_BE_FALSE, conditionOf, negatedIf, unknown, type Condition } from '../three-valued.ts';
import { derivedOfOpposite, derivedTests } from './derived-tests.ts';
import { indexedTests, type IndexedTest } from './indexed-operand.ts';
import { placeOf } from './place-of.ts';

/** Per granule of the index, the mask (three-valued.ts) of a condition. */
export type GranuleTest = (granules: SkipGranules) => Uint8Array;

export type IndexKnowledge = {
  /** Of a condition without AND, OR and NOT; undefined: nothing. */
  leaf(e: Bound): Condition<GranuleTest> | undefined;
  /** Of conditions that hold together. */
  all(conditions: readonly Bound[]): Condition<GranuleTest>;
  /** The mask of a test that excludes as much as it ever can. */
  readonly least: number;
};

/** What the index knows of the values of its expression at `place`; undefined: nothing. */
export type PlaceTest = (place: number, test: OperandTest) => GranuleTest | undefined;

/** More tuples of an IN take longer to look at than what they spare. */
const MAX_TUPLES = 10_000;

/** Of an index that knows of each of its expressions by itself; `further` knows more of a test. */
export function knowledgeByPlace(
  expressions: readonly Bound[],
  testOfPlace: PlaceTest,
  least: number,
  further: (tested: TestedOperand) => readonly Condition<GranuleTest>[] = () => [],
): IndexKnowledge {
  const atomsOf = (place: number, test: OperandTest): Condition<GranuleTest>[] => {
    const found = testOfPlace(place, test);
    return found ? [{ kind: 'atom', atom: found }] : [];
  };
  const leaf = (e: Bound): Condition<GranuleTest> | undefined => {
    if (e.kind === 'call' && e.set) return tupleIn(expressions, e, atomsOf);
    const tested = testOf(e);
    if (!tested) return undefined;
    const atomsOfAll = (tests: readonly IndexedTest[]): Condition<GranuleTest>[] =>
      tests.flatMap(({ place, test }) => atomsOf(place, test));
    const direct = [...atomsOfAll(indexedTests(expressions, e, tested)), ...further(tested)];
    const whenTrue = atomsOfAll(derivedTests(expressions, tested)).map(orNull);
    const whenFalse = atomsOfAll(derivedOfOpposite(expressions, tested)).map(orNull);
    if (direct.length + whenTrue.length + whenFalse.length === 0) return undefined;
    const itself = direct.length > 0 ? direct : [unknown];
    const narrowed: Condition<GranuleTest> = { kind: 'and', operands: [...itself, ...whenTrue] };
    return negatedIf(tested.negated, {
      kind: 'or',
      operands: [narrowed, ...whenFalse.map((operand) => negatedIf(true, operand))],
    });
  };
  return {
    leaf,
    all: (conditions) => ({ kind: 'and', operands: conditions.map((e) => conditionOf(e, leaf)) }),
    least,
  };
}

/** Beside it AND narrows where a condition is true, and says nothing of where it is false; OR of its negation the reverse. */
const orNull = (operand: Condition<GranuleTest>): Condition<GranuleTest> => ({
  kind: 'or',
  operands: [operand, { kind: 'known', mask: 0 }],
});

/** `(a, b) IN ((1, 2), …)`: false, too, of a tuple with NULL, of which the tests of its values say nothing. */
function tupleIn(
  expressions: readonly Bound[],
  { args, set, name }: Extract<Bound, { kind: 'call' }>,
  atomsOf: (place: number, test: OperandTest) => readonly Condition<GranuleTest>[],
): Condition<GranuleTest> | undefined {
  const tupleCount = set![0]!.rowCount;
  if (tupleCount > MAX_TUPLES) return undefined;
  const tuples = Array.from({ length: tupleCount }, (_, row): Condition<GranuleTest> => {
    const operands: Condition<GranuleTest>[] = args.flatMap((operand, i) => {
      const test: OperandTest = { kind: 'in', set: sliceColumn(set![i]!, row, row + 1) };
      const tests = [
        { place: placeOf(expressions, operand), test },
        ...derivedTests(expressions, { operand, test }),
      ];
      return tests.flatMap((each) => (each.place < 0 ? [] : atomsOf(each.place, each.test)));
    });
    operands.push(unknown);
    return { kind: 'and', operands };
  });
  const none: Condition<GranuleTest> = { kind: 'known', mask: CAN_BE_FALSE };
  return negatedIf<GranuleTest>(name === 'notIn', {
    kind: 'and',
    operands: [unknown, { kind: 'or', operands: [none, ...tuples] }],
  });
}
