// pipeline.ts — keeps the index tables of all row tables in step with the row log.
//
// Keeps true:
//   - when a commit is acknowledged, its operations are in the tail of every live index table;
//   - an index table never stops the writes: at the tail's bound writers wait a bounded time, then it falls behind;
//   - the log is kept for every index table that still needs it, up to a bound; past that it becomes invalid;
//   - before log records go, the positions of all shards that passed them are durable.

import { must } from '../base/assert.ts';
import type { IndexTableStatus } from '../catalog/access.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { Ports } from '../io/ports.ts';
import type { Kv } from '../kv/kv.ts';
import type { Change, Sequence } from '../log/change.ts';
import type { Beside, CommitHook, Committer } from '../log/committer.ts';
import { ChangedRows } from '../rows/decoded-rows.ts';
import type { RowLayout } from '../rows/row-layout.ts';
import type { RowTable } from '../rows/row-table.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import { IndexChecks } from './index-checks.ts';
import { indexStatus } from './index-status.ts';
import type { ShardBatch } from './index-storage.ts';
import type { IndexTable } from './index-table.ts';
import { Lane, type LaneServices } from './lane.ts';
import { shardsOfLane } from './lane-of.ts';
import type { LogThreads } from './log-job.ts';
import { LogTrimmer } from './log-trimmer.ts';
import { Maintenance } from './maintenance.ts';
import { atRest, hurry, stop, wake, type Member } from './member.ts';
import { newIndexTable, openIndexTable, type OpenServices } from './open-index-table.ts';
import { reserveRows } from './reserve-rows.ts';
import { Reservations } from './reservations.ts';
import { rewind } from './rewind.ts';
import { TailBound, type TailBoundSettings } from './tail-bound.ts';
import type { Pipelines } from './using.ts';
import { ViewRegistry } from './view-registry.ts';

export type PipelineSettings = TailBoundSettings & {
  readonly logMaxBytes: number;
  /** Log that nobody needs is deleted when it has grown to this size. */
  readonly logTrimBytes: number;
  readonly laneBatchChanges: number;
  /** Between the slices of the comparison in the background; 0 = off. */
  readonly indexCheckIntervalMs: number;
};

export type PipelineServices = {
  readonly kv: Kv;
  readonly committer: Committer;
  readonly ports: Ports;
  readonly settings: PipelineSettings;
  /** Of the thread that owns the store. */
  readonly readers: ReaderCache;
  /** Filters in TypeScript. */
  readonly pipelines: Pipelines;
  /** The folder of a columnar table's parts. */
  readonly folderOf: (uuid: string) => string;
  /** undefined: the owner thread does everything. */
  readonly logThreads: LogThreads | undefined;
};

export class Pipeline implements CommitHook {
  readonly views: ViewRegistry = new ViewRegistry();
  readonly checks: IndexChecks;
  /** Work that needs the parts of a moment on disk, and no tail. */
  readonly #partHolds = new ViewRegistry();
  readonly #services: PipelineServices;
  readonly #trimmer: LogTrimmer;
  readonly #bound: TailBound;
  readonly #openServices: OpenServices;
  readonly #members = new Map<number, Member>();
  /** By row table. */
  readonly #byTable = new Map<number, { readonly layout: RowLayout; readonly members: Member[] }>();
  /** Index tables whose row table changed since the last publish. */
  readonly #touched = new Set<Member>();
  #closed = false;

  constructor(services: PipelineServices) {
    this.#services = services;
    this.#trimmer = new LogTrimmer(services, (tableId) => this.indexTablesOf(tableId));
    this.#bound = new TailBound(services.settings, services.ports);
    this.#openServices = {
      ...services,
      bound: this.#bound,
      afterOpenViews: (run) => this.views.afterOpenViews(() => this.#partHolds.afterOpenViews(run)),
      onDamage: (indexId, error) => {
        const index = this.indexTable(indexId);
        if (index) this.noteDamage(index, index.storage.sums.generation, error);
      },
    };
    this.checks = new IndexChecks(this, { ...services, partHolds: this.#partHolds });
  }

  /** Takes a stored row table into care; its index tables follow by `load`. */
  async loadRowTable({ definition, layout }: RowTable): Promise<void> {
    this.#byTable.set(definition.id, { layout, members: [] });
    await this.#trimmer.loadTable(definition.id);
  }

  /** Takes a new row table into care; its index tables follow by `add`. */
  addRowTable({ definition, layout }: RowTable): void {
    this.#byTable.set(definition.id, { layout, members: [] });
    this.#trimmer.addTable(definition.id);
  }

  /** Opens a stored index table: rebuilds its tail from the log, or leaves that to its lanes when it is far behind. */
  async load(definition: IndexTableDefinition, table: RowTable): Promise<void> {
    this.#start(await openIndexTable(definition, table, this.#openServices), table);
  }

  /** Every stored index table is loaded: from here on, log that none of them needs is dropped. */
  startTrimming(): void {
    this.#trimmer.start();
  }

  /** Takes a new index table into care; `applied`: complete up to there (an empty row table), undefined: build it. */
  add(definition: IndexTableDefinition, table: RowTable, applied: Sequence | undefined): void {
    this.#start(newIndexTable(definition, table, applied, this.#openServices), table);
  }

  /** Ends the workers of an index table; its data stays. */
  async remove(indexId: number): Promise<void> {
    const member = this.#members.get(indexId);
    if (!member) return;
    member.index.dropped = true;
    member.index.stopCollecting();
    this.#members.delete(indexId);
    this.#touched.delete(member);
    const siblings = this.#byTable.get(member.index.definition.rowTableId)?.members;
    siblings?.splice(siblings.indexOf(member), 1);
    await stop(member);
  }

  removeRowTable(tableId: number): void {
    this.#byTable.delete(tableId);
    this.#trimmer.removeTable(tableId);
  }

  /** Of a row table in care. */
  rowLayout(tableId: number): RowLayout | undefined {
    return this.#byTable.get(tableId)?.layout;
  }

  indexTable(indexId: number): IndexTable | undefined {
    return this.#members.get(indexId)?.index;
  }

  indexTablesOf(tableId: number): IndexTable[] {
    return (this.#byTable.get(tableId)?.members ?? []).map((member) => member.index);
  }

  indexTables(): IndexTable[] {
    return [...this.#members.values()].map((member) => member.index);
  }

  logBytes(tableId: number): number {
    return this.#trimmer.logBytes(tableId);
  }

  oldestLogMs(tableId: number): number | undefined {
    return this.#trimmer.oldestMs(tableId);
  }

  status(index: IndexTable): IndexTableStatus {
    return indexStatus(index, this.#services.ports.clock.nowMs());
  }

  stopLanes(indexId: number): void {
    const index = this.indexTable(indexId);
    if (index) index.stopped = true;
  }

  startLanes(indexId: number): void {
    const member = this.#members.get(indexId);
    if (!member) return;
    member.index.stopped = false;
    wake(member);
  }

  /** Starts a build from a snapshot; the index table is not used until it is done. */
  rebuild(indexId: number): void {
    const member = this.#members.get(indexId);
    if (!member || member.index.state === 'building') return;
    member.index.state = 'invalid';
    member.index.recovered();
    member.index.stopCollecting();
    member.maintenance.hurry();
  }

  /** Somebody met damaged bytes of an index table, as it was built the `generation`-th time: it is built again. */
  noteDamage(index: IndexTable, generation: number, error: Error): void {
    const member = this.#members.get(index.definition.id);
    if (!member || index.storage.sums.generation !== generation || index.state === 'invalid') return;
    index.fail(error);
    wake(member);
  }

  /** Ends the lanes of an index table and starts as many as the definition says; the rest of it is as before. */
  async setLanes(definition: IndexTableDefinition): Promise<void> {
    const member = must(this.#members.get(definition.id), 'an index table in the catalog is open');
    await atRest(member, async () => {
      await Promise.all(member.lanes.map((lane) => lane.close()));
      member.index.definition = definition;
      member.lanes = this.#newLanes(member.index);
    });
  }

  /** Of a UNIQUE index table. */
  reservationsOf(indexId: number): Reservations | undefined {
    return this.#members.get(indexId)?.reservations;
  }

  /** See `reserveRows`; of an index table that is UNIQUE. */
  async reserve(indexId: number, table: RowTable, goesOn: () => boolean): Promise<void> {
    const member = this.#members.get(indexId);
    if (!member?.reservations) return;
    await reserveRows(this.#services, table, { ...member, reservations: member.reservations }, goesOn);
  }

  /** Takes an index table back to a position, or to the oldest there is; its lanes apply the log from there. See `rewind`. */
  async rewind(indexId: number, to: Sequence | undefined): Promise<void> {
    const member = must(this.#members.get(indexId), 'an index table in the catalog is open');
    await atRest(member, () => rewind(member.index, this.#services.committer, to));
  }

  /** Resolves when every index table with running lanes that can go on has applied everything committed now. */
  async drain(): Promise<void> {
    const { committer, ports } = this.#services;
    const head = committer.head;
    for (const { index } of this.#members.values()) {
      while (
        !this.#closed &&
        !index.stopped &&
        !index.dropped &&
        !index.obstacle &&
        (index.state !== 'live' || index.minApplied < head)
      ) {
        if (committer.failure) throw committer.failure;
        for (const member of this.#members.values()) hurry(member);
        await ports.timers.sleep(1);
      }
    }
  }

  admit(tableId: number): Promise<void> | undefined {
    const members = this.#byTable.get(tableId)?.members;
    return members?.some(({ index }) => this.#bound.isFull(index)) ? this.#waitForSpace(members) : undefined;
  }

  prepare(
    sequence: Sequence,
    commitMs: number,
    changes: ReadonlyMap<number, readonly Change[]>,
    beside: Beside,
  ): void {
    const all = [...changes].map(([tableId, list]) => {
      const { layout, members } = must(this.#byTable.get(tableId), 'a row table is in care');
      return { tableId, list, members, changed: new ChangedRows(layout, list) };
    });
    // What may refuse comes before anything is collected.
    for (const { members, changed } of all)
      for (const { reservations } of members) reservations?.change(changed, beside);
    for (const { tableId, list, members, changed } of all) {
      this.#trimmer.noteAppended(tableId, { sequence, commitMs, changes: list });
      for (const member of members) {
        if (member.index.collecting) member.index.collect(sequence, commitMs, changed);
        this.#touched.add(member);
      }
    }
  }

  publish(): void {
    // Waiting for a fuller batch is for quiet times.
    for (const member of this.#touched) (this.#bound.isHalfFull(member.index) ? hurry : wake)(member);
    this.#touched.clear();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.checks.close();
    await Promise.all([...this.#members.values()].map(stop));
    await this.#trimmer.close();
  }

  #start(index: IndexTable, table: RowTable): void {
    const { id, rowTableId } = index.definition;
    const lanes = (): readonly Lane[] => this.#members.get(id)?.lanes ?? [];
    const maintenance = new Maintenance(index, table, {
      ...this.#services,
      lanesIdle: async () => void (await Promise.all(lanes().map((lane) => lane.idle()))),
      onApplied: (...applied) => this.#onApplied(...applied),
      isFull: () => this.#bound.isFull(index),
      logIsLong: () =>
        this.#trimmer.bytesAbove(rowTableId, index.minApplied) > this.#services.settings.logMaxBytes / 2,
      onLive: () => lanes().forEach((lane) => lane.task.wake()),
    });
    index.progress.movedAtMs.fill(this.#services.ports.clock.nowMs());
    const reservations = index.definition.unique
      ? new Reservations(index.definition, table.layout)
      : undefined;
    const member = { index, lanes: this.#newLanes(index), maintenance, reservations };
    this.#members.set(id, member);
    this.#byTable.get(rowTableId)!.members.push(member);
    wake(member);
  }

  #newLanes(index: IndexTable): Lane[] {
    const { id, laneCount, sharding } = index.definition;
    const services: LaneServices = {
      committer: this.#services.committer,
      timers: this.#services.ports.timers,
      onApplied: (...applied) => this.#onApplied(...applied),
      onFailed: () => this.#members.get(id)?.maintenance.task.wake(),
    };
    return Array.from(
      { length: laneCount },
      (_, lane) => new Lane(index, shardsOfLane(lane, laneCount, sharding.shardCount), services),
    );
  }

  #onApplied(index: IndexTable, batches: readonly ShardBatch[]): void {
    index.markApplied(batches, this.#services.ports.clock.nowMs(), (forget) =>
      this.views.afterOpenViews(forget),
    );
    this.#trimmer.consider(index.definition.rowTableId);
  }

  /** At the bound of a tail, for a bounded time; an index table whose tail stays full falls behind. */
  async #waitForSpace(members: readonly Member[]): Promise<void> {
    for (const member of [...members]) {
      if (await this.#bound.hasSpace(member.index, () => this.#closed)) continue;
      member.index.fallBehind();
      wake(member);
    }
  }
}
