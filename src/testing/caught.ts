import { newCounts, simulateSeed } from './simulate.ts';

/** Runs seeds until one fails and answers with its number; undefined when `limit` seeds found nothing. */
export async function firstCaughtSeed(limit: number): Promise<number | undefined> {
  for (let seed = 1; seed <= limit; seed++) {
    try {
      await simulateSeed(seed, newCounts());
    } catch {
      return seed;
    }
  }
  return undefined;
}
