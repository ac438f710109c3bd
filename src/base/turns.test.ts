import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('work alone waits for what runs, later work waits for it, and a failure ends its turn', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const release: (() => void)[] = [];
  const work = (name: string) => async (): Promise<void> => {
    log.push(`${name} begins`);
    await new Promise<void>((resolve) => release.push(resolve));
    log.push(`${name} ends`);
  };
  const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const first = turns.together(work('a'));
  const second = turns.together(work('b'));
  const alone = turns.alone(async () => {
    log.push('alone');
    throw new Error('broken');
  });
  const failed = expect(alone).rejects.toThrow('broken');
  const later = turns.together(work('c'));
  await nextTurn();
  expect(log).toEqual(['a begins', 'b begins']);
  release.splice(0).forEach((end) => end());
  await Promise.all([first, second, failed]);
  await nextTurn();
  expect(log).toEqual(['a begins', 'b begins', 'a ends', 'b ends', 'alone', 'c begins']);
  release.splice(0).forEach((end) => end());
  await later;
});
