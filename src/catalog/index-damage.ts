import { WinnowError } from '../base/errors.ts';

/**
 * A query met damaged bytes of an index table, which is built again. Planned again at the same read point, the query takes
 * another path.
 */
export class IndexDamage extends WinnowError {
  override readonly name = 'IndexDamage';

  constructor(cause: WinnowError) {
    super('CHECKSUM_DOESNT_MATCH', cause.message, {
      cause,
      hint: 'The index table is being built again from its row table. Run the query again.',
    });
  }
}
