/**
 * Hands every item to `work`, one at a time and in order, while `source` already makes the next one. Ends early, with
 * false, when `mayGoOn` says so between two items. Rejects with what `source` or `work` throws; nothing runs afterwards.
 */
export async function workBehind<T>(
  source: AsyncIterable<T>,
  mayGoOn: () => boolean,
  work: (item: T) => Promise<void>,
): Promise<boolean> {
  let working: Promise<void> = Promise.resolve();
  try {
    for await (const item of source) {
      await working;
      if (!mayGoOn()) return false;
      working = work(item);
      // It may fail before it is waited for.
      working.catch(() => undefined);
    }
    await working;
    return mayGoOn();
  } finally {
    await working.catch(() => undefined);
  }
}
