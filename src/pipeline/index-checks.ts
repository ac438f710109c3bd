// index-checks.ts — comparing index tables with their row tables, for statements, tools and the background.

import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import type { IndexComparison } from '../catalog/access.ts';
import { isReservationKey } from '../log/keyspace.ts';
import { checkIndex, driftOf, type CheckOptions, type Drift, type IndexCheck } from './check-index.ts';
import { DriftDetector } from './drift-detector.ts';
import { IndexMoment, type MomentServices } from './index-moment.ts';
import type { IndexTable } from './index-table.ts';
import type { Pipeline, PipelineServices } from './pipeline.ts';
import { mendReservations, repairEntries } from './repair-index.ts';

const MAX_SAMPLES = 10;

/** With more entries to mend, a build is the shorter way. */
const MAX_MENDED = 100_000;

export type SampledCheck = IndexCheck & {
  /** The first entries that differ, as text. */
  readonly samples: readonly string[];
};

export type IndexRepair = IndexCheck & { readonly method: 'none' | 'entries' | 'rebuild' };

type ChecksServices = PipelineServices & MomentServices;

export class IndexChecks {
  readonly #pipeline: Pipeline;
  readonly #services: ChecksServices;
  readonly #detector: DriftDetector;

  constructor(pipeline: Pipeline, services: ChecksServices) {
    this.#pipeline = pipeline;
    this.#services = services;
    this.#detector = new DriftDetector(pipeline, this, services);
  }

  /** Differences that the background reported without there being any. */
  get falseAlarms(): number {
    return this.#detector.falseAlarms;
  }

  /** From now on all index tables are compared in the background. */
  startDetector(): void {
    this.#detector.start();
  }

  close(): Promise<void> {
    return this.#detector.close();
  }

  /** `generation`: of the index table's sums when the comparison began. */
  note(index: IndexTable, generation: number, { sequence, driftRows }: Omit<IndexComparison, 'atMs'>): void {
    index.noteComparison({ sequence, driftRows, atMs: this.#services.ports.clock.nowMs() }, generation);
  }

  /**
   * Compares an index table, or the part of it that belongs to some shards of its row table, at one moment.
   * Errors: INDEX_NOT_USABLE when it is not live; CorruptionError of rows, log or parts; what `breathe` throws.
   */
  async check(indexId: number, options: Omit<CheckOptions, 'onDrift'>): Promise<SampledCheck> {
    const moment = this.moment(indexId);
    try {
      const samples: string[] = [];
      const onDrift = (drift: Drift): void => {
        if (samples.length < MAX_SAMPLES) samples.push(sampleOf(moment, drift));
      };
      const found = await checkIndex(moment, { ...options, onDrift });
      if (!options.rowShards)
        this.note(moment.index, moment.generation, { ...found, driftRows: driftOf(found) });
      return { ...found, samples };
    } finally {
      moment.release();
    }
  }

  /**
   * Finds the entries that differ and mends exactly these; `rebuild` when the index table has to be built again instead,
   * which is left to the caller. Errors: as `check`.
   */
  async repair(indexId: number, breathe: () => Promise<void>): Promise<IndexRepair> {
    for (;;) {
      const moment = this.moment(indexId);
      const { index, reservations } = moment;
      const differing: Uint8Array[] = [];
      const reserved: Drift[] = [];
      const onDrift = (drift: Drift): void => {
        if (isReservationKey(drift.storedKey)) reserved.push(drift);
        else if (differing.length <= MAX_MENDED) differing.push(drift.storedKey);
      };
      let found: IndexCheck;
      try {
        found = await checkIndex(moment, { breathe, onDrift });
      } finally {
        moment.release();
      }
      const { committer } = this.#services;
      if (reservations) await mendReservations(reservations, reserved, committer);
      if (differing.length === 0) return { ...found, method: reserved.length === 0 ? 'none' : 'entries' };
      if (index.definition.layout === 'COLUMNAR' || differing.length > MAX_MENDED)
        return { ...found, method: 'rebuild' };
      const takeMoment = (): IndexMoment => this.moment(indexId);
      if (await repairEntries(index, differing, { committer, takeMoment }))
        return { ...found, method: 'entries' };
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
    return new IndexMoment(index, rows, this.#pipeline.reservationsOf(indexId), this.#services);
  }
}

function sampleOf({ index, reservations }: IndexMoment, { kind, storedKey }: Drift): string {
  if (!isReservationKey(storedKey)) return `${kind}: ${index.layout.keyText(storedKey)}`;
  return `${kind}: reservation of ${must(reservations, 'it has reservations').keyText(storedKey)}`;
}

function notLive({ definition: { database, name }, state }: IndexTable): WinnowError {
  return new WinnowError(
    'INDEX_NOT_USABLE',
    `index table ${database}.${name} is ${state}: it can be compared with its row table when it is live`,
    { hint: 'system.index_tables shows its state.' },
  );
}
