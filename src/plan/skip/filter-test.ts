// filter-test.ts — granules by their bloom filters: what a filter does not have is in no row, what it has may be.

import { Arena } from '../../kernels/arena.ts';
import type { SkipGranules } from '../../parts/skip-index-reader.ts';
import { CAN_BE_FALSE, CAN_BE_TRUE } from '../three-valued.ts';
import type { GranuleTest } from './index-knowledge.ts';

/** `mayHave` gets each filter of the expression at `place`, in the kernels' memory. */
export function filterTest(place: number, mayHave: (filter: Uint8Array) => boolean): GranuleTest {
  return (granules) => {
    const { filters } = granules as Extract<SkipGranules, { kind: 'bloom' }>;
    const arena = new Arena();
    try {
      return Uint8Array.from(filters, (ofPlaces) => {
        arena.rewind();
        return mayHave(arena.take(ofPlaces[place]!)) ? CAN_BE_TRUE | CAN_BE_FALSE : CAN_BE_FALSE;
      });
    } finally {
      arena.release();
    }
  };
}
