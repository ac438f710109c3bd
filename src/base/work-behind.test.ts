import { expect, test } from 'vitest';
import { workBehind } from './work-behind.ts';

/** Numbers from 1; notes when each of them is made. */
async function* numbers(count: number, notes: string[]): AsyncGenerator<number> {
  for (let i = 1; i <= count; i++) {
    notes.push(`made ${i}`);
    yield i;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('the next item is made while one is worked on, and never are two worked on', async () => {
  const notes: string[] = [];
  const done = await workBehind(
    numbers(3, notes),
    () => true,
    async (item) => {
      notes.push(`begun ${item}`);
      await turn();
      notes.push(`ended ${item}`);
    },
  );
  expect(done).toBe(true);
  expect(notes).toEqual([
    'made 1',
    'begun 1',
    'made 2',
    'ended 1',
    'begun 2',
    'made 3',
    'ended 2',
    'begun 3',
    'ended 3',
  ]);
});

test('it ends between items when it may not go on, the one that was begun included', async () => {
  const ended: number[] = [];
  const work = async (item: number): Promise<void> => {
    await turn();
    ended.push(item);
  };
  expect(await workBehind(numbers(9, []), () => ended.length < 2, work)).toBe(false);
  expect(ended).toEqual([1, 2]);
});

test('a failure of the work ends it, and so does one of the source, after the work that was begun', async () => {
  const failing = async (): Promise<void> => {
    await turn();
    throw new Error('work');
  };
  await expect(workBehind(numbers(9, []), () => true, failing)).rejects.toThrow('work');
  let ended = 0;
  const source = async function* (): AsyncGenerator<number> {
    yield 1;
    throw new Error('source');
  };
  const slow = async (): Promise<void> => {
    await turn();
    ended++;
  };
  await expect(workBehind(source(), () => true, slow)).rejects.toThrow('source');
  expect(ended).toBe(1);
});
