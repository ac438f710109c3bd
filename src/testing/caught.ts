import type { SettingInputs } from '../engine/settings.ts';
import { simulateSeed } from './simulate.ts';
import { newCounts } from './world.ts';

/**
 * Runs up to 500 seeds until one fails, and says which one and why; fails when none does. `fixed`: settings that the seed
 * does not draw.
 */
export async function expectCaught(fixed: SettingInputs = {}): Promise<void> {
  for (let seed = 1; seed <= 500; seed++) {
    try {
      await simulateSeed(seed, newCounts(), fixed);
    } catch (error) {
      // oxlint-disable-next-line no-console -- the seed is what a reader wants to know
      console.log(String(error).slice(0, 300));
      return;
    }
  }
  throw new Error('500 seeds found nothing wrong');
}
