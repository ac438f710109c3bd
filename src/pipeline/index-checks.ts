// index-checks.ts — comparing index tables with their row tables, for statements, tools and the background.

import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { checkIndex, type CheckOptions, type DriftKind, type IndexCheck } from './check-index.ts';
import { IndexMoment, type MomentServices } from './index-moment.ts';
import type { IndexTable } from './index-table.ts';
import type { Pipeline } from './pipeline.ts';

const MAX_SAMPLES = 10;

export type SampledCheck = IndexCheck & {
  /** The first entries that differ, as text. */
  readonly samples: readonly string[];
};

export class IndexChecks {
  readonly #pipeline: Pipeline;
  readonly #services: MomentServices;

  constructor(pipeline: Pipeline, services: MomentServices) {
    this.#pipeline = pipeline;
    this.#services = services;
  }

  /**
   * Compares an index table, or the part of it that belongs to some shards of its row table, at one moment.
   * Errors: INDEX_NOT_USABLE when it is not live; CorruptionError of rows, log or parts; what `breathe` throws.
   */
  async check(indexId: number, options: Omit<CheckOptions, 'onDrift'>): Promise<SampledCheck> {
    const moment = this.moment(indexId);
    try {
      const samples: string[] = [];
      const onDrift = (kind: DriftKind, storedKey: Uint8Array): void => {
        if (samples.length < MAX_SAMPLES) samples.push(`${kind}: ${moment.index.layout.keyText(storedKey)}`);
      };
      return { ...(await checkIndex(moment, { ...options, onDrift })), samples };
    } finally {
      moment.release();
    }
  }

  /** Of a live index table, now; the caller releases it. Errors: INDEX_NOT_USABLE. */
  moment(indexId: number): IndexMoment {
    const index = this.#pipeline.indexTable(indexId);
    if (!index) throw new WinnowError('UNKNOWN_TABLE', 'the index table was dropped meanwhile');
    if (index.state !== 'live') throw notLive(index);
    const rows = must(
      this.#pipeline.rowLayout(index.definition.rowTableId),
      'the row table of an index table is known',
    );
    return new IndexMoment(index, rows, this.#services);
  }
}

function notLive({ definition: { database, name }, state }: IndexTable): WinnowError {
  return new WinnowError(
    'INDEX_NOT_USABLE',
    `index table ${database}.${name} is ${state}: it can be compared with its row table when it is live`,
    { hint: 'system.index_tables shows its state.' },
  );
}
