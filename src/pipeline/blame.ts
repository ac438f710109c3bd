// blame.ts — what follows when a read meets damaged bytes.
//
// Keeps true: an index table answers for its own bytes only, and once for each time it was built, however many reads meet
// the damage: an old read view may still hold what has been built anew since.

import { WinnowError } from '../base/errors.ts';
import type { PathDefinition } from '../catalog/access.ts';
import { IndexDamage } from '../catalog/index-damage.ts';
import type { Moment } from './view-scans.ts';

/** The error to throw. Damage of an index table starts its rebuild, and it is not offered at this read point any more. */
export function blame(
  { indexTables, damaged, services }: Moment,
  path: PathDefinition,
  error: unknown,
): unknown {
  const isDamage = error instanceof WinnowError && error.code === 'CHECKSUM_DOESNT_MATCH';
  const found = indexTables.get(path.id);
  if (!isDamage || !found || error instanceof IndexDamage) return error;
  damaged.add(path.id);
  services.pipeline.noteDamage(found.index, found.generation, error);
  return new IndexDamage(error);
}
