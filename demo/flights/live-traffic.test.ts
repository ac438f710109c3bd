import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Block } from '../../src/types/column.ts';
import { firstLiveRow, planLiveTraffic } from './live-traffic.ts';
import type { LiveChange, LiveTraffic } from './live-traffic.ts';
import { createRandom } from './random.ts';

const MINUTE = 60;

/** Flights that leave at these times; the plan looks at nothing else. */
function flightsAt(times: readonly number[]): Block {
  const type = { kind: 'UInt32' } as const;
  const column = (values: Uint32Array) =>
    ({ layout: 'fixed', type, rowCount: times.length, values, nulls: undefined }) as const;
  return {
    rowCount: times.length,
    columns: [column(new Uint32Array(times.length)), column(Uint32Array.from(times))],
  };
}

const someTraffic = (seed: number, firstFlight: number, flightCount: number): LiveTraffic =>
  planLiveTraffic(
    flightsAt(Array.from({ length: flightCount }, (_, i) => Math.floor(i / 7) * MINUTE)),
    firstFlight,
    seed,
  );

const allChanges = (traffic: LiveTraffic): LiveChange[] =>
  traffic.batches.flatMap((batch) => [...batch.changes]);

test('the same seed gives the same traffic, another seed another one', () => {
  expect(someTraffic(7, 1_000, 500)).toEqual(someTraffic(7, 1_000, 500));
  expect(allChanges(someTraffic(8, 1_000, 500))).not.toEqual(allChanges(someTraffic(7, 1_000, 500)));
});

test('every live flight is inserted exactly once, in order', () => {
  const inserts = allChanges(someTraffic(3, 200, 700)).filter((change) => change.kind === 'insert');
  expect(inserts.map((change) => change.flightId)).toEqual(Array.from({ length: 700 }, (_, i) => 200 + i));
});

test('a batch touches a flight at most once, only flights that exist, and none after its deletion', () => {
  const traffics = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 400 }));
  fc.assert(
    fc.property(traffics, ([seed, firstFlight, flightCount]) => {
      const traffic = someTraffic(seed, firstFlight, flightCount);
      let known = firstFlight;
      const deleted = new Set<number>();
      for (const { changes } of traffic.batches) {
        const touched = changes.map((change) => change.flightId);
        expect(new Set(touched).size).toBe(touched.length);
        known += changes.filter((change) => change.kind === 'insert').length;
        for (const change of changes) {
          expect(change.flightId).toBeLessThan(known);
          expect(deleted.has(change.flightId)).toBe(false);
          if (change.kind === 'delete') deleted.add(change.flightId);
        }
      }
    }),
  );
});

test('long traffic holds every kind of change', () => {
  const kinds = new Set(allChanges(someTraffic(1, 10_000, 3_000)).map((change) => change.kind));
  expect([...kinds].sort()).toEqual(['cancel', 'delay', 'delete', 'insert']);
});

test('live traffic begins at midnight before the last three calendar days end', () => {
  const day = 86_400;
  expect(firstLiveRow([0, day, 2 * day - 1, 2 * day, 3 * day, 4 * day + 5])).toBe(3);
  expect(firstLiveRow([])).toBe(0);
  expect(firstLiveRow([5, 6])).toBe(0);
});

test('random numbers stay below their limit and reach all of a small range', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = createRandom(seed);
      const drawn = Array.from({ length: 200 }, () => random.below(5));
      expect([...new Set(drawn)].sort()).toEqual([0, 1, 2, 3, 4]);
    }),
  );
});
