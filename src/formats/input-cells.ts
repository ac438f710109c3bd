// input-cells.ts — appends values from the bytes of their text. Whole numbers, the most common cells, are read from the
// bytes at once; everything else goes through text.

import type { ColumnBuilder } from '../types/column-builder.ts';
import type { DataType } from '../types/data-type.ts';
import { isComposite, withoutNullable } from '../types/data-type.ts';
import { integerRanges } from '../types/number-text.ts';
import { appendCompositeText, appendString, appendText } from '../types/text.ts';

/** Appends the value whose text is source[start .. end), unescaped. Errors: those of `appendText`. */
export type AppendCell = (source: Buffer, start: number, end: number) => void;

export function cellAppender(builder: ColumnBuilder): AppendCell {
  const type = withoutNullable(builder.type);
  if (type.kind === 'String') return (source, start, end) => builder.appendBytes(source, start, end);
  if (type.kind === 'FixedString')
    return (source, start, end) => appendString(builder, type, source.subarray(start, end));
  if (isComposite(type)) return (source, start, end) => appendCompositeText(builder, source, start, end);
  const viaText: AppendCell = (source, start, end) =>
    appendText(builder, source.toString('utf8', start, end));
  return isInteger(type) ? integerAppender(builder, type.kind, viaText) : viaText;
}

function isInteger(type: DataType): type is { readonly kind: keyof typeof integerRanges } {
  return Object.hasOwn(integerRanges, type.kind);
}

/** A double holds 15 digits exactly. */
const MAX_EXACT_DIGITS = 15;

function integerAppender(
  builder: ColumnBuilder,
  kind: keyof typeof integerRanges,
  viaText: AppendCell,
): AppendCell {
  const [min, max] = integerRanges[kind].map(Number) as [number, number];
  return (source, start, end) => {
    const negative = source[start] === 0x2d;
    const first = negative ? start + 1 : start;
    let value = 0;
    let at = first;
    for (; at < end; at++) {
      const digit = source[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    const exact = at === end && end > first && end - first <= MAX_EXACT_DIGITS;
    const signed = negative ? -value : value;
    if (exact && signed >= min && signed <= max) builder.appendNumber(signed);
    else viaText(source, start, end);
  };
}
