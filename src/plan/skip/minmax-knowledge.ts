// minmax-knowledge.ts — what the smallest and the largest values of granules say of a condition.

import { evaluate } from '../../expr/evaluate.ts';
import type { Expression as Bound } from '../../expr/expression.ts';
import type { Bounds, SkipGranules } from '../../parts/skip-index-reader.ts';
import type { Column } from '../../types/column.ts';
import { columnOf } from '../../types/value.ts';
import { isNullable, nullable, withoutNullable, type DataType } from '../../types/data-type.ts';
import { spansOfNotNull, spansOfNull, type ColumnSpans } from '../column-spans.ts';
import { encodedRows } from '../encoded-rows.ts';
import type { TestedOperand } from '../operand-test.ts';
import { monotonicOperands } from './monotonic.ts';
import { overExpressions } from './over-expressions.ts';
import { placeOf } from './place-of.ts';
import { spansReach, withoutSpans, type Span } from '../spans.ts';
import { spansOfTest } from '../test-spans.ts';
import { atom, CAN_BE_FALSE, CAN_BE_TRUE, type Condition } from '../three-valued.ts';
import {
  knowledgeByPlace,
  type GranuleTest,
  type IndexKnowledge,
  type PlaceTest,
} from './index-knowledge.ts';

export function minmaxKnowledge(expressions: readonly Bound[]): IndexKnowledge {
  const testOfPlace: PlaceTest = (place, test) => {
    const { type } = expressions[place]!;
    const spans = spansOfTest(type, test);
    return spans && boundsTest(boundsAt(place), type, spans, test.kind === 'null');
  };
  return knowledgeByPlace(expressions, testOfPlace, 0, (tested) => ofRising(expressions, tested));
}

/** The operand rises with an expression: its bounds are computed from those of the expression. */
function ofRising(expressions: readonly Bound[], { operand, test }: TestedOperand): Condition<GranuleTest>[] {
  const [, ...inner] = monotonicOperands(operand);
  const place = inner.map((e) => placeOf(expressions, e)).find((found) => found >= 0);
  const over = place === undefined ? undefined : overExpressions(operand, [expressions[place]!]);
  const spans = over && spansOfTest(operand.type, test);
  if (!spans) return [];
  const computed = (column: Column): Column =>
    evaluate(over, { rowCount: column.rowCount, columns: [column] });
  const boundsOf = (granules: SkipGranules): Bounds => {
    const { low, high, omitsNull } = boundsAt(place!)(granules);
    return { low: computed(low), high: computed(high), omitsNull };
  };
  return [atom(boundsTest(boundsOf, operand.type, spans, test.kind === 'null'))];
}

const boundsAt =
  (place: number) =>
  (granules: SkipGranules): Bounds =>
    (granules as Extract<SkipGranules, { kind: 'minmax' }>).bounds[place]!;

function boundsTest(
  boundsOf: (granules: SkipGranules) => Bounds,
  type: DataType,
  { spans, exact }: ColumnSpans,
  isNullTest: boolean,
): GranuleTest {
  const notNull = spansOfNotNull(type).spans;
  // Of a comparison with NULL nothing is true or false; of IS NULL the rows with values are.
  const others = exact ? withoutSpans(notNull, spans) : [...notNull, ...spansOfNull(type).spans];
  const whenFalse = isNullTest ? notNull : others;
  return (granules) => {
    const { low, high, beside } = encodedBounds(boundsOf(granules));
    const { isKnown } = granules as Extract<SkipGranules, { kind: 'minmax' }>;
    const mayHold = (wanted: readonly Span[], granule: number): boolean =>
      isKnown[granule] === 0 ||
      spansReach(wanted, low[granule]!, high[granule]!) ||
      beside.some((value) => spansReach(wanted, value, value));
    return Uint8Array.from(low, (_, granule) => {
      const canBeTrue = mayHold(spans, granule) ? CAN_BE_TRUE : 0;
      return canBeTrue | (mayHold(whenFalse, granule) ? CAN_BE_FALSE : 0);
    });
  };
}

type EncodedBounds = {
  readonly low: readonly Buffer[];
  readonly high: readonly Buffer[];
  /** What may be in any granule although it does not lie within the bounds. */
  readonly beside: readonly Buffer[];
};

const encoded = new WeakMap<Bounds, EncodedBounds>();

function encodedBounds(bounds: Bounds): EncodedBounds {
  const known = encoded.get(bounds);
  if (known) return known;
  const { low, high, omitsNull } = bounds;
  const made = {
    low: encodedRows(low),
    high: encodedRows(high),
    beside: [...nansOf(low.type), ...(omitsNull ? nullsOf(low.type) : [])],
  };
  encoded.set(bounds, made);
  return made;
}

/** Bounds of floats leave NaN out when there are other values. */
function nansOf(type: DataType): Buffer[] {
  const inner = withoutNullable(type);
  if (inner.kind !== 'Float32' && inner.kind !== 'Float64') return [];
  return encodedRows(columnOf(isNullable(type) ? nullable(inner) : inner, [Number.NaN]));
}

const nullsOf = (type: DataType): Buffer[] => spansOfNull(type).spans.map(({ start }) => start);
