import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShardTail, type TailOperation } from './tail.ts';

type Step =
  | { readonly kind: 'append'; readonly name: string; readonly put: boolean; readonly advance: boolean }
  | { readonly kind: 'drop'; readonly share: number }
  | {
      readonly kind: 'read';
      readonly start: string;
      readonly end: string | undefined;
      readonly share: number;
    };

const names = fc.constantFrom('', 'a', 'ab', 'b', '\xff', 'b\0', 'c');
const share = fc.double({ min: 0, max: 1, noNaN: true });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        name: names,
        put: fc.boolean(),
        advance: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), share }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('read' as const),
        start: names,
        end: fc.option(names, { nil: undefined }),
        share,
      }),
    },
  ),
  { maxLength: 120 },
);

/** The last operation per name in the range, from a plain list. */
function naiveRange(
  list: readonly TailOperation[],
  start: string,
  end: string | undefined,
  readPoint: number,
): TailOperation[] {
  const last = new Map<string, TailOperation>();
  for (const operation of list) {
    if (
      operation.sequence > readPoint ||
      operation.name < start ||
      (end !== undefined && operation.name >= end)
    )
      continue;
    last.set(operation.name, operation);
  }
  return [...last.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function naiveWithin(
  list: readonly TailOperation[],
  start: string,
  end: string | undefined,
  after: number,
  last: number,
): TailOperation[] {
  return list
    .filter(
      ({ sequence, name }) =>
        sequence > after && sequence <= last && name >= start && !(end !== undefined && name >= end),
    )
    .sort((a, b) => (a.name === b.name ? a.sequence - b.sequence : a.name < b.name ? -1 : 1));
}

test('a range is the last operation per key up to the read point, whatever was appended, dropped and read before', () => {
  fc.assert(
    fc.property(steps, (list) => {
      const tail = new ShardTail();
      let live: TailOperation[] = [];
      let dropped = 0;
      let sequence = 1;
      for (const step of list) {
        if (step.kind === 'append') {
          if (step.advance) sequence++;
          const operation = operationOf(sequence, step.name, step.put);
          tail.append(operation);
          live.push(operation);
        } else if (step.kind === 'drop') {
          dropped = Math.max(dropped, Math.floor(step.share * (sequence - 1)));
          tail.dropUpTo(dropped);
          live = live.filter((operation) => operation.sequence > dropped);
        } else {
          const readPoint = dropped + Math.floor(step.share * (sequence - dropped + 1));
          const found = tail.range(step.start, step.end, readPoint);
          expect(found).toEqual(naiveRange(live, step.start, step.end, readPoint));
          const all = tail.within(step.start, step.end, readPoint - 2, readPoint);
          expect(all).toEqual(naiveWithin(live, step.start, step.end, readPoint - 2, readPoint));
        }
        expect(tail.count).toBe(live.length);
        expect(tail.between(dropped, sequence)).toEqual(live);
      }
    }),
  );
});

test('an operation that was dropped never hides a later one on the same key', () => {
  const tail = new ShardTail();
  tail.append(operationOf(1, 'k', true));
  tail.range('', undefined, 1);
  tail.append(operationOf(2, 'k', false));
  tail.append(operationOf(3, 'other', true));
  tail.dropUpTo(1);
  expect(tail.range('k', 'l', 9)).toEqual([operationOf(2, 'k', false)]);
});

test('a lane is told where the n-th waiting operation ends', () => {
  const tail = new ShardTail();
  for (const sequence of [1, 2, 2, 4]) tail.append(operationOf(sequence, `k${sequence}`, true));
  expect(tail.sequenceOfNth(2, 0)).toBe(2);
  expect(tail.sequenceOfNth(1, 2)).toBeUndefined();
  expect(tail.sequenceOfNth(4, 0)).toBeUndefined();
});

function operationOf(sequence: number, name: string, put: boolean): TailOperation {
  return {
    sequence,
    shard: 0,
    name,
    storedKey: Buffer.from(name, 'latin1'),
    value: put ? Buffer.from([sequence]) : undefined,
    replaced: 0,
    movedTo: undefined,
  };
}
