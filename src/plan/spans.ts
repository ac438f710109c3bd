// spans.ts — sets of values of one key column, as ranges of their encoded bytes.
//
// Keeps true: spans of a list are disjoint, not empty, and ascending. Bytes order values as SQL does (key-codec.ts),
// so that all set algebra is done here, once, for every type.

/** Half-open; `end` undefined = to the end of the column's values. `point`: exactly one value, encoded as `start`. */
export type Span = { readonly start: Buffer; readonly end: Buffer | undefined; readonly point: boolean };

/** Ends order undefined last. */
function compareEnds(a: Buffer | undefined, b: Buffer | undefined): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1;
  return Buffer.compare(a, b);
}

function isEmpty(start: Buffer, end: Buffer | undefined): boolean {
  return end !== undefined && Buffer.compare(start, end) >= 0;
}

/** Values in both. */
export function intersectSpans(a: readonly Span[], b: readonly Span[]): Span[] {
  const both: Span[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [left, right] = [a[i]!, b[j]!];
    const start = Buffer.compare(left.start, right.start) >= 0 ? left.start : right.start;
    const leftEndsFirst = compareEnds(left.end, right.end) <= 0;
    const end = leftEndsFirst ? left.end : right.end;
    if (!isEmpty(start, end)) both.push({ start, end, point: left.point || right.point });
    if (leftEndsFirst) i++;
    else j++;
  }
  return both;
}

/** Values in any of the spans, which may come in any order and overlap. */
export function unionSpans(spans: readonly Span[]): Span[] {
  const sorted = spans
    .filter(({ start, end }) => !isEmpty(start, end))
    .sort((a, b) => Buffer.compare(a.start, b.start));
  const union: Span[] = [];
  for (const span of sorted) {
    const last = union.at(-1);
    if (!last || (last.end !== undefined && Buffer.compare(span.start, last.end) >= 0)) {
      union.push(span);
      continue;
    }
    const end = compareEnds(last.end, span.end) >= 0 ? last.end : span.end;
    const point = last.point && span.point;
    union[union.length - 1] = { start: last.start, end, point };
  }
  return union;
}

/** Every value of `inner` is in `outer`. False also when that takes several spans of `outer` for one of `inner`. */
export function holdsSpans(outer: readonly Span[], inner: readonly Span[]): boolean {
  return inner.every(({ start, end }) =>
    outer.some((span) => Buffer.compare(span.start, start) <= 0 && compareEnds(end, span.end) <= 0),
  );
}

/** The parts of `whole` in which no span of `spans` lies; both as lists are. */
export function withoutSpans(whole: readonly Span[], spans: readonly Span[]): Span[] {
  return whole.flatMap(({ start, end }) => {
    const apart: Span[] = [];
    let from: Buffer | undefined = start;
    for (const span of spans) {
      if (from === undefined || compareEnds(span.end, from) <= 0) continue;
      if (end !== undefined && Buffer.compare(span.start, end) >= 0) break;
      if (!isEmpty(from, span.start)) apart.push({ start: from, end: span.start, point: false });
      from = span.end;
    }
    if (from !== undefined && !isEmpty(from, end)) apart.push({ start: from, end, point: false });
    return apart;
  });
}

/** Whether a span holds a value from `low` to `high`, both included. */
export function spansReach(spans: readonly Span[], low: Buffer, high: Buffer): boolean {
  let from = 0;
  let to = spans.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const { end } = spans[middle]!;
    if (end === undefined || Buffer.compare(end, low) > 0) to = middle;
    else from = middle + 1;
  }
  const first = spans[from];
  return first !== undefined && Buffer.compare(first.start, high) <= 0;
}
