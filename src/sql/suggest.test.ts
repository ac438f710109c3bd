import { expect, test } from 'vitest';
import { editDistance, nearest } from './suggest.ts';

test.each([
  ['', 'abc', 3],
  ['GROUP', 'GROUP', 0],
  ['GRUOP', 'GROUP', 1],
  ['SELCT', 'SELECT', 1],
  ['WEHRE', 'WHERE', 1],
  ['kitten', 'sitting', 3],
])('%s is %s steps from %s', (a, b, steps) => {
  expect(editDistance(a, b)).toBe(steps);
  expect(editDistance(b, a)).toBe(steps);
});

test('the nearest name is suggested, and none that is far', () => {
  expect(nearest('amuont', ['account', 'amount'])).toBe('amount');
  expect(nearest('SELECT', ['select'])).toBeUndefined();
  expect(nearest('xyz', ['amount'])).toBeUndefined();
  expect(nearest('a', ['b'])).toBeUndefined();
});
