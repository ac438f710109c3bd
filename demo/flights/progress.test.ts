import { expect, test } from 'vitest';
import { createProgress, describe } from './progress.ts';

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { written, stream: { isTTY, write: (text: string) => written.push(text) } };
}

test('the line tells rows, rate and time left', () => {
  expect(describe({ done: 1_200_000, total: 3_000_000, rowsPerSecond: 72_000.4 })).toBe(
    '1,200,000 of 3,000,000 rows (40 %) · 72,000 rows/s · 25 s left',
  );
});

test('nothing is said about time left when all is done or nothing is known', () => {
  expect(describe({ done: 5, total: 5, rowsPerSecond: 10 })).toBe('5 of 5 rows (100 %) · 10 rows/s');
  expect(describe({ done: 0, total: 5, rowsPerSecond: 0 })).toBe('0 of 5 rows (0 %) · 0 rows/s');
});

test('a resumed job counts only its own rows into the rate', () => {
  const { written, stream } = recorder(false);
  let nowMs = 0;
  const progress = createProgress({ label: 'loading', from: 900, total: 1_000, nowMs: () => nowMs, stream });
  nowMs = 2_000;
  progress.end(1_000);
  expect(written).toEqual(['loading: 1,000 of 1,000 rows (100 %) · 50 rows/s\n']);
});

test('a terminal sees one line rewritten, a log a line now and then', () => {
  const [terminal, log] = [recorder(true), recorder(false)];
  for (const { stream } of [terminal, log]) {
    let nowMs = 0;
    const progress = createProgress({ label: 'loading', from: 0, total: 100, nowMs: () => nowMs, stream });
    for (; nowMs < 11_000; nowMs += 50) progress.update(1);
  }
  expect(terminal.written.length).toBe(110);
  expect(terminal.written.every((text) => text.startsWith('\r\x1b[K') && !text.endsWith('\n'))).toBe(true);
  expect(log.written.length).toBe(3);
  expect(log.written.every((text) => text.endsWith('\n'))).toBe(true);
});
