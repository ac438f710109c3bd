import { expect, test } from 'vitest';
import { createRandom } from './random.ts';

test('a seed draws the same numbers on every machine and release', () => {
  const random = createRandom(1);
  expect([random.uint32(), random.uint32(), random.uint32()]).toMatchInlineSnapshot(`
    [
      393288148,
      2174103013,
      3814759091,
    ]
  `);
});

test('neighbouring seeds draw unlike numbers', () => {
  const first = new Set(Array.from({ length: 1000 }, (_, seed) => createRandom(seed).uint32()));
  expect(first.size).toBe(1000);
});

test('each number below the bound is drawn about equally often, the bound never', () => {
  const random = createRandom(7);
  const counts = new Array<number>(5).fill(0);
  for (let i = 0; i < 50_000; i++) counts[random.int(5)]!++;
  expect(counts).toHaveLength(5);
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

test('a chance of 0 never comes true and a chance of 1 always', () => {
  const random = createRandom(3);
  for (let i = 0; i < 1000; i++) expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
});

test('what a fork draws does not shift the numbers of its parent', () => {
  const quiet = createRandom(9);
  const busy = createRandom(9);
  quiet.fork();
  const fork = busy.fork();
  for (let i = 0; i < 10; i++) fork.uint32();
  expect(busy.uint32()).toBe(quiet.uint32());
});
