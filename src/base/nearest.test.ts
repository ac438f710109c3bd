import { expect, test } from 'vitest';
import { nearestName } from './nearest.ts';

test('a misspelt name suggests the candidate with the fewest wrong letters', () => {
  expect(nearestName('odrers', ['items', 'orders', 'order_items'])).toBe('orders');
  expect(nearestName('MAX_MEMORY_USAG', ['max_memory_usage', 'max_execution_time'])).toBe('max_memory_usage');
});

test('a name unlike every candidate suggests nothing', () => {
  expect(nearestName('weather', ['orders', 'items'])).toBeUndefined();
  expect(nearestName('ab', ['xy'])).toBeUndefined();
});
