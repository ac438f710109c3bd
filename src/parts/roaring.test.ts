import { expect, test } from 'vitest';
import { createRandom } from '../base/random.ts';
import { CorruptionError } from '../base/errors.ts';
import { randomRows, roaringOf, rowsOfRoaring, rowSets } from './roaring.test-support.ts';

const seed = Number(process.env['WINNOW_SEED'] ?? Date.now() % 1_000_000);

test.each(Object.entries(rowSets))('%s: a bitmap gives back its rows', (_, rows) => {
  expect(rowsOfRoaring(roaringOf(rows), 9)).toEqual(rows);
});

test(`random bitmaps are united as sets are, seed ${seed}`, () => {
  const random = createRandom(seed);
  for (let round = 0; round < 12; round++) {
    const [a, b] = [randomRows(random, 200_000), randomRows(random, 200_000)];
    const both = [...new Set([...a, ...b])].sort((x, y) => x - y);
    expect(rowsOfRoaring(roaringOf(a), 4, b)).toEqual(both);
  }
});

test(`damaged bytes are refused, or give other rows of the part, seed ${seed}`, () => {
  const random = createRandom(seed);
  const whole = Object.values(rowSets).map(roaringOf);
  let refused = 0;
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(random.pick(whole));
    const cut = random.chance(0.3) ? bytes.subarray(0, random.int(bytes.length)) : bytes;
    const head = Math.min(cut.length, 80);
    if (cut === bytes) cut[random.int(head)]! ^= 1 << random.int(8);
    try {
      rowsOfRoaring(cut, 9);
    } catch (error) {
      expect(error).toBeInstanceOf(CorruptionError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(25);
});
