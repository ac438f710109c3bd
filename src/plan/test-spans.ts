// test-spans.ts — the values for which a test of an operand can hold, as spans (column-spans.ts).

import { sliceColumn } from '../types/block.ts';
import type { BytesColumn, Column } from '../types/column.ts';
import { withoutNullable, type DataType } from '../types/data-type.ts';
import { spansOfComparison, spansOfNull, spansOfPrefix, type ColumnSpans } from './column-spans.ts';
import { literalPrefix } from './like-pattern.ts';
import { regexPrefix } from './regex-pattern.ts';
import type { OperandTest } from './operand-test.ts';
import { unionSpans, type Span } from './spans.ts';

/** Over operands of that type; undefined when nothing is known. */
export function spansOfTest(type: DataType, test: OperandTest): ColumnSpans | undefined {
  switch (test.kind) {
    case 'compare':
      return spansOfComparison(type, test.comparison, test.constant);
    case 'in':
      return spansOfSet(type, test.set);
    case 'null':
      return spansOfNull(type);
    case 'like':
      return spansOfLike(type, test.text);
    case 'startsWith':
      return spansOfPrefix(type, test.text);
    case 'match':
      return spansOfMatch(type, test.text);
    default:
      return undefined;
  }
}

/** Equal to a value of the set. */
export function spansOfSet(type: DataType, set: Column): ColumnSpans | undefined {
  const spans: Span[] = [];
  let exact = true;
  for (let row = 0; row < set.rowCount; row++) {
    const found = spansOfComparison(type, '=', sliceColumn(set, row, row + 1));
    if (!found) return undefined;
    spans.push(...found.spans);
    exact &&= found.exact;
  }
  return { spans: unionSpans(spans), exact };
}

function spansOfLike(type: DataType, pattern: Buffer): ColumnSpans | undefined {
  const { prefix, rest } = literalPrefix(pattern);
  if (rest === '')
    return withoutNullable(type).kind === 'String'
      ? spansOfComparison(type, '=', textColumn(prefix))
      : undefined;
  const found = spansOfPrefix(type, prefix);
  return found && { spans: found.spans, exact: found.exact && rest === '%' };
}

/** The filter decides what follows the prefix. */
function spansOfMatch(type: DataType, pattern: Buffer): ColumnSpans | undefined {
  const prefix = regexPrefix(pattern);
  const found = prefix === undefined ? undefined : spansOfPrefix(type, prefix);
  return found && { spans: found.spans, exact: false };
}

function textColumn(bytes: Buffer): BytesColumn {
  return {
    layout: 'bytes',
    type: { kind: 'String' },
    rowCount: 1,
    offsets: Uint32Array.of(0, bytes.length),
    bytes,
    nulls: undefined,
  };
}
