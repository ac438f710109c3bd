// drift-detector.ts — compares what shards hold with what they should hold, little by little and without end.
//
// Keeps true: both sides of a comparison are of one snapshot of the store, so that a difference is drift and nothing else.
// What a shard should hold is known from the operations alone (expected-sums.ts). A difference, and a sum that is not known
// yet, lead to a comparison with the row table at the same moment: that one counts the entries that differ, or tells
// the sum. Damage, which a checksum tells, is no drift: the index table is built again, as when a query meets it.

import { CorruptionError, WinnowError } from '../base/errors.ts';
import type { Sequence } from '../log/change.ts';
import { checkIndex, driftOf } from './check-index.ts';
import { EntrySum } from './entry-sum.ts';
import type { IndexChecks } from './index-checks.ts';
import type { IndexMoment } from './index-moment.ts';
import type { IndexTable } from './index-table.ts';
import type { Pipeline, PipelineServices } from './pipeline.ts';
import { checksumIn } from './sealed-value.ts';
import { isIndexFailure, isStoreGone } from './store-gone.ts';

/** Between chunks of a comparison with the row table: it follows a finding, and need not last as long as the search. */
const COMPARE_PAUSE_MS = 5;

export class DriftDetector {
  readonly #pipeline: Pipeline;
  readonly #checks: IndexChecks;
  readonly #services: PipelineServices;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;
  #falseAlarms = 0;

  constructor(pipeline: Pipeline, checks: IndexChecks, services: PipelineServices) {
    this.#pipeline = pipeline;
    this.#checks = checks;
    this.#services = services;
  }

  /** Known sums that differed while the row table did not: a defect of the sums, never of an index table. */
  get falseAlarms(): number {
    return this.#falseAlarms;
  }

  start(): void {
    if (this.#services.settings.indexCheckIntervalMs > 0) this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        await this.#rest();
        for (const index of this.#pipeline.indexTables()) await this.#pass(index);
      }
    } catch (error) {
      if (!isStoreGone(error)) throw error;
    }
  }

  async #pass(index: IndexTable): Promise<void> {
    const { sums } = index.storage;
    const { generation } = sums;
    try {
      const sequence = await this.#visitAll(index);
      if (sequence !== undefined) this.#checks.note(index, generation, { sequence, driftRows: 0 });
    } catch (error) {
      if (!isIndexFailure(error)) throw error;
      // What cannot be compared now is compared in the next pass.
      if (error instanceof CorruptionError && sums.generation === generation) index.lastError = error.message;
    }
  }

  /** Where every shard was equal to what it should be; undefined when one was not. */
  async #visitAll(index: IndexTable): Promise<Sequence | undefined> {
    let sequence = Number.POSITIVE_INFINITY;
    for (const shard of index.applied.keys()) {
      const position = await this.#visit(index, shard);
      if (position === undefined) return undefined;
      sequence = Math.min(sequence, position);
    }
    return sequence;
  }

  /** The position at which the shard is equal to what it should be; undefined when there is none. */
  async #visit(index: IndexTable, shard: number): Promise<Sequence | undefined> {
    if (index.state !== 'live') return undefined;
    const moment = this.#checks.moment(index.definition.id);
    try {
      const position = moment.positions()[shard]!;
      const { isKnown, upTo, sum } = moment.expectedSum(shard);
      if (upTo > position) return undefined;
      await this.#rest();
      const held = await this.#sumOf(moment, shard, () => this.#rest());
      if (!held || (isKnown && held.equals(sum))) return held && position;
      return (await this.#compare(moment, isKnown)) ? position : undefined;
    } finally {
      moment.release();
    }
  }

  /** Compares with the row table; true when nothing differs. */
  async #compare(moment: IndexMoment, isAlarm: boolean): Promise<boolean> {
    const { index, generation } = moment;
    const breathe = (): Promise<void> => this.#rest(COMPARE_PAUSE_MS);
    const found = await checkIndex(moment, { breathe });
    const driftRows = driftOf(found);
    this.#checks.note(index, generation, { ...found, driftRows });
    if (driftRows > 0) return false;
    if (isAlarm) this.#falseAlarms++;
    for (const shard of index.applied.keys()) await this.#learn(moment, shard, breathe);
    return true;
  }

  /** The index table is equal to its row table: what a shard holds is what it should. */
  async #learn(moment: IndexMoment, shard: number, breathe: () => Promise<void>): Promise<void> {
    const { isKnown, upTo, sum } = moment.expectedSum(shard);
    const position = moment.positions()[shard]!;
    if (upTo > position) return;
    const held = await this.#sumOf(moment, shard, breathe);
    if (!held || (isKnown && held.equals(sum))) return;
    const { index, generation } = moment;
    const { sums } = index.storage;
    await this.#services.committer.apply((batch) => {
      // While it is behind, another thread may count.
      if (sums.generation === generation && index.state === 'live')
        sums.learn(batch, shard, { held, counted: sum, position });
    });
  }

  /** undefined when it would keep too much on disk, or meets damage: then the index table is built again. */
  async #sumOf(
    moment: IndexMoment,
    shard: number,
    breathe: () => Promise<void>,
  ): Promise<EntrySum | undefined> {
    const { index, generation } = moment;
    const held = new EntrySum();
    try {
      for await (const entries of moment.applied(shard)) {
        for (const entry of entries) {
          index.layout.check(entry);
          held.add(checksumIn(entry[1]));
        }
        if (moment.holdsMuch()) return undefined;
        await breathe();
      }
      return held;
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      this.#pipeline.noteDamage(index, generation, error);
      return undefined;
    }
  }

  async #rest(delayMs: number = this.#services.settings.indexCheckIntervalMs): Promise<void> {
    await this.#services.ports.timers.rest(delayMs, this.#closing.signal);
    if (this.#closing.signal.aborted) throw new WinnowError('STORE_CLOSED', 'the store is closed');
  }
}
