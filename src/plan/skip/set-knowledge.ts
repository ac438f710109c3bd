// set-knowledge.ts — what the different values of granules say of a condition: it is evaluated over them, row by row.

import { WinnowError } from '../../base/errors.ts';
import { evaluate } from '../../expr/evaluate.ts';
import type { Expression as Bound } from '../../expr/expression.ts';
import { truthOf } from '../../expr/vectors.ts';
import type { SkipGranules } from '../../parts/skip-index-reader.ts';
import type { Block } from '../../types/column.ts';
import {
  atom,
  CAN_BE_FALSE,
  CAN_BE_TRUE,
  conditionOf,
  excludesNothing,
  masksOf,
  unknown,
  type Condition,
} from '../three-valued.ts';
import type { GranuleTest, IndexKnowledge } from './index-knowledge.ts';
import { overExpressions } from './over-expressions.ts';

type Sets = Extract<SkipGranules, { kind: 'set' }>;

export function setKnowledge(expressions: readonly Bound[]): IndexKnowledge {
  const overRows = (e: Bound): Condition<Bound> | undefined => {
    const rewritten = overExpressions(e, expressions);
    return rewritten && atom(rewritten);
  };
  const test = (condition: Condition<Bound>): Condition<GranuleTest> =>
    atom((granules) => testSets(condition, granules as Sets));
  return {
    leaf: (e) => {
      const condition = overRows(e);
      return condition && test(condition);
    },
    all: (conditions) => {
      const condition: Condition<Bound> = {
        kind: 'and',
        operands: conditions.map((e) => conditionOf(e, overRows)),
      };
      return excludesNothing(condition, () => 0) ? unknown : test(condition);
    },
    least: 0,
  };
}

/** Per granule: what its rows can make of the condition. */
function testSets(condition: Condition<Bound>, { count, starts, isKnown, columns }: Sets): Uint8Array {
  const block: Block = { rowCount: starts[count]!, columns };
  const ofRows = masksOf(condition, block.rowCount, (e) => rowMasks(e, block));
  return Uint8Array.from({ length: count }, (_, granule) => {
    if (isKnown[granule] === 0) return CAN_BE_TRUE | CAN_BE_FALSE;
    let mask = 0;
    for (let row = starts[granule]!; row < starts[granule + 1]!; row++) mask |= ofRows[row]!;
    return mask;
  });
}

function rowMasks(e: Bound, block: Block): Uint8Array {
  try {
    const column = evaluate(e, block);
    const truth = truthOf(column, block.rowCount);
    const { nulls } = column;
    return truth.map((isTrue, row) => (nulls?.[row] === 1 ? 0 : isTrue === 1 ? CAN_BE_TRUE : CAN_BE_FALSE));
  } catch (error) {
    // A row that another condition guards: what fails is for the filter to say.
    if (!(error instanceof WinnowError)) throw error;
    return new Uint8Array(block.rowCount).fill(CAN_BE_TRUE | CAN_BE_FALSE);
  }
}
