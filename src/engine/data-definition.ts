// data-definition.ts — data definition: what makes and ends the tables and index tables of a store.
//
// Keeps true: one statement at a time; a definition is in the store before it can be used, and the data of what was dropped
// goes in the background, after the last reader.

import { must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { uuidOf } from '../base/uuid.ts';
import type { Catalog, CatalogObject } from '../catalog/catalog.ts';
import type { IndexTableDefinition, MergeTreeDefinition, PartsDefinition } from '../catalog/definitions.ts';
import type { Ports } from '../io/ports.ts';
import type { Kv, KvBatch } from '../kv/kv.ts';
import type { Committer } from '../log/committer.ts';
import { HighestKeys } from '../log/highest-keys.ts';
import { allReservedKey, tableStateKey } from '../log/keyspace.ts';
import { decodeTableState, encodeTableState, newTableState } from '../log/table-state.ts';
import type { ReaderCache } from '../parts/reader-cache.ts';
import { EntryError } from '../pipeline/entry-rows.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { deletePositions, writePositions } from '../pipeline/positions.ts';
import { renewed, type Pipelines } from '../pipeline/using.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { RowTable } from '../rows/row-table.ts';
import { DroppedData, type DroppedDataServices } from './dropped-data.ts';
import { MergeTreeDefiner, type ChangeSkipIndexes } from './merge-tree-definer.ts';
import type { MergeTrees } from './merge-trees.ts';

export type DefinitionServices = DroppedDataServices & {
  readonly ports: Ports;
  readonly pipeline: Pipeline;
  readonly readers: ReaderCache;
  readonly mergeTrees: MergeTrees;
  /** Filters in TypeScript. */
  readonly pipelines: Pipelines;
};

type RowBased = RowTableDefinition | IndexTableDefinition;

/** Of one store. Every method that changes something resolves when it is durable. */
export class DataDefinition {
  readonly #kv: Kv;
  readonly #ports: Ports;
  readonly #committer: Committer;
  readonly #catalog: Catalog;
  readonly #pipeline: Pipeline;
  readonly #dropped: DroppedData;
  readonly #pipelines: Pipelines;
  readonly #services: DefinitionServices;
  readonly #mergeTrees: MergeTreeDefiner;
  readonly #tables = new Map<number, RowTable>();
  #lock: Promise<unknown> = Promise.resolve();
  readonly #resuming: Promise<void>[] = [];
  #ending = false;

  constructor(services: DefinitionServices) {
    this.#kv = services.kv;
    this.#ports = services.ports;
    this.#committer = services.committer;
    this.#catalog = services.catalog;
    this.#pipeline = services.pipeline;
    this.#dropped = new DroppedData(services);
    this.#pipelines = services.pipelines;
    this.#services = services;
    this.#mergeTrees = new MergeTreeDefiner({
      ...services,
      dropped: this.#dropped,
      define: (change) => this.#define(change),
    });
  }

  /** Opens what the catalog holds; tails are rebuilt from the log. */
  async open(): Promise<void> {
    for (const object of this.#catalog.objects())
      if (object.kind === 'rowTable') await this.#loadRowTable(object);
    for (const object of this.#catalog.objects()) {
      if (object.kind === 'indexTable') await this.#loadIndexTable(object);
      if (object.kind === 'mergeTree') await this.#services.mergeTrees.load(object);
    }
  }

  /** With another version of its filter it is built again: without positions it counts as never built. */
  async #loadIndexTable(stored: IndexTableDefinition): Promise<void> {
    const table = this.rowTable(stored.rowTableId);
    const next = renewed(stored, table.definition, this.#pipelines);
    if (next) {
      await this.#committer.apply((batch) => {
        this.#catalog.change(batch, next);
        deletePositions(batch, next.id, next.sharding.shardCount);
      });
    }
    await this.#pipeline.load(next ?? stored, table);
  }

  /** Deletes what is left of objects that were dropped before the store was opened. */
  cleanUp(dropped: readonly CatalogObject[]): void {
    for (const object of dropped) this.#dropped.delete(object);
  }

  /** Goes on with the CREATE of UNIQUE index tables that a crash interrupted: a duplicate ends it even now. */
  resume(): void {
    for (const object of this.#catalog.objects())
      if (object.kind === 'indexTable' && object.unique) this.#resuming.push(this.#resumeReserving(object));
  }

  /** Takes no further statements; resolves when the one that runs has ended. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#dropped.end();
    await Promise.all(this.#resuming);
    await this.#lock.catch(() => undefined);
  }

  /** After `end`. */
  async close(reason: WinnowError): Promise<void> {
    await this.#services.mergeTrees.close(reason);
    await this.#dropped.close();
  }

  rowTable(id: number): RowTable {
    return must(this.#tables.get(id), 'a row table in the catalog is open');
  }

  createDatabase(name: string): Promise<void> {
    return this.#define((batch) => this.#catalog.createDatabase(batch, name));
  }

  /** The database must be empty. */
  dropDatabase(name: string): Promise<void> {
    return this.#define((batch) => this.#catalog.dropDatabase(batch, name));
  }

  async createRowTable(input: Omit<RowTableDefinition, 'id' | 'kind'>): Promise<RowTableDefinition> {
    return this.exclusively(() => this.#defined((batch) => this.#addRowTable(batch, input)));
  }

  /**
   * Registers the index table and, when the row table has rows, builds it; resolves when it is live.
   * Errors: EntryError when a row has no entry, DUPLICATE_KEY of two rows that a UNIQUE one cannot both have; then the index
   * table is not kept.
   */
  async createIndexTable(input: Omit<IndexTableDefinition, 'id' | 'kind'>): Promise<IndexTableDefinition> {
    const definition = await this.exclusively(() =>
      this.#defined((batch) => this.#addIndexTable(batch, input)),
    );
    try {
      await this.#reserve(definition);
      await this.untilLive(definition.id);
    } catch (error) {
      if (isRefusal(error) && this.#catalog.findById(definition.id)) await this.drop(definition.id);
      throw error;
    }
    return definition;
  }

  /**
   * Builds an index table beside `old`, which answers until the new one is live and takes its place; resolves then. After a
   * crash on the way the old one is in use. Errors: EntryError when a row has no entry, UNKNOWN_TABLE when the old one was
   * altered or dropped meanwhile; then it stays as it is.
   */
  async replaceIndexTable(
    old: IndexTableDefinition,
    input: Omit<IndexTableDefinition, 'id' | 'kind'>,
  ): Promise<void> {
    const next = await this.exclusively(() => {
      this.#assertCurrent(old);
      return this.#defined((batch) => this.#addIndexTable(batch, input, 'prepare'));
    });
    try {
      await this.#reserve(next);
      do await this.untilLive(next.id);
      while (!(await this.exclusively(() => this.#exchange(old, next))));
    } catch (error) {
      if (!this.#ending) await this.exclusively(() => this.#discard(next));
      throw error;
    }
  }

  /** Its lanes end, and others go on at the positions of the shards. Errors: UNKNOWN_TABLE, as of `replaceIndexTable`. */
  setLaneCount(old: IndexTableDefinition, laneCount: number): Promise<void> {
    return this.exclusively(async () => {
      this.#assertCurrent(old);
      const definition = { ...old, laneCount };
      await this.#define((batch) => this.#catalog.change(batch, definition));
      await this.#pipeline.setLanes(definition);
    });
  }

  createMergeTree(input: Omit<MergeTreeDefinition, 'id' | 'kind'>): Promise<MergeTreeDefinition> {
    return this.exclusively(() => this.#mergeTrees.create(input));
  }

  /** See `MergeTreeDefiner`. */
  changeSkipIndexes(id: number, change: ChangeSkipIndexes): Promise<void> {
    return this.exclusively(() => this.#mergeTrees.changeSkipIndexes(id, change));
  }

  /**
   * Drops a table, a row table with its index tables, or one index table.
   * Errors: HAVE_DEPENDENT_OBJECTS when tables are co-located with it.
   */
  drop(id: number): Promise<void> {
    return this.exclusively(() => {
      this.#catalog.assertNoChildren(id);
      return this.#drop(id);
    });
  }

  /**
   * Empties a table, a row table with its index tables, in one commit: they go on under new ids, at once, whatever their
   * size.
   */
  truncate(tableId: number): Promise<void> {
    return this.exclusively(async () => {
      const found = this.#catalog.findById(tableId);
      if (found?.kind === 'mergeTree') return this.#mergeTrees.truncate(found, this.newUuid());
      const table = this.rowTable(tableId).definition;
      const indexTables = this.#catalog.indexTablesOf(tableId);
      await this.#define((batch) => {
        this.#markDropped(batch, [...indexTables, table]);
        const { id: rowTableId } = this.#addRowTable(batch, table);
        for (const index of indexTables)
          this.#addIndexTable(batch, { ...index, parts: this.#renewed(index.parts), rowTableId });
      });
      await this.#endDropped([...indexTables, table]);
    });
  }

  /** Resolves when the index table is live, or cannot become it: its lanes are stopped, it is gone. Errors: EntryError. */
  async untilLive(indexTableId: number): Promise<void> {
    for (;;) {
      const index = this.#pipeline.indexTable(indexTableId);
      if (!index || index.state === 'live' || index.stopped || this.#ending) return;
      if (this.#committer.failure) throw this.#committer.failure;
      if (index.obstacle) throw index.obstacle;
      await this.#ports.timers.sleep(2);
    }
  }

  /** Runs `work` when no other statement of data definition runs. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lock.then(work);
    this.#lock = result.catch(() => undefined);
    return result;
  }

  #addRowTable(batch: KvBatch, input: Omit<RowTableDefinition, 'id' | 'kind'>): RowTableDefinition {
    const definition: RowTableDefinition = { ...input, kind: 'rowTable', id: this.#catalog.takeId(batch) };
    const { id, sharding } = definition;
    const state = newTableState(sharding.shardCount);
    this.#catalog.add(batch, definition);
    batch.put(tableStateKey(id), encodeTableState(state));
    this.#committer.addTable(id, state, HighestKeys.none(sharding.shardCount));
    this.#pipeline.addRowTable(this.#openRowTable(definition));
    return definition;
  }

  /** `prepare`: it is built, and not in use before it takes the place of another one. */
  #addIndexTable(
    batch: KvBatch,
    input: Omit<IndexTableDefinition, 'id' | 'kind'>,
    how: 'add' | 'prepare' = 'add',
  ): IndexTableDefinition {
    const table = this.rowTable(input.rowTableId);
    const definition: IndexTableDefinition = {
      ...input,
      kind: 'indexTable',
      id: this.#catalog.takeId(batch),
    };
    const { id, sharding, unique } = definition;
    this.#catalog[how](batch, definition);
    const applied = table.rowCount === 0 ? this.#committer.lastSequence : undefined;
    if (applied !== undefined)
      writePositions(
        batch,
        id,
        Array.from({ length: sharding.shardCount }, () => applied),
      );
    if (unique && applied !== undefined) batch.put(allReservedKey(id), Buffer.alloc(0));
    this.#pipeline.add(definition, table, applied);
    this.#pipeline.indexTable(id)!.storage.sums.reset(batch, true, applied);
    return definition;
  }

  #assertCurrent(definition: IndexTableDefinition): void {
    if (this.#catalog.findById(definition.id) === definition) return;
    const { database, name } = definition;
    throw new WinnowError('UNKNOWN_TABLE', `${database}.${name} was altered or dropped meanwhile`);
  }

  /** In one commit; false when `next` is not live any more. Whoever reads the old one may end that. */
  async #exchange(old: IndexTableDefinition, next: IndexTableDefinition): Promise<boolean> {
    this.#assertCurrent(old);
    const { views } = this.#pipeline;
    const [before, after] = [this.#pipeline.indexTable(old.id), this.#pipeline.indexTable(next.id)];
    if (!before || !after) throw new WinnowError('UNKNOWN_TABLE', `the row table of ${old.name} was dropped`);
    let isExchanged = false;
    await this.#define((batch) => {
      if (after.state !== 'live') return;
      after.stopped = before.stopped;
      this.#catalog.markDropped(batch, old);
      this.#catalog.add(batch, next);
      isExchanged = true;
    });
    if (isExchanged)
      views.afterOpenViews(() => {
        this.#dropped.first(() => this.#pipeline.remove(old.id));
        this.#dropped.delete(old);
      });
    return isExchanged;
  }

  async #discard(definition: IndexTableDefinition): Promise<void> {
    await this.#pipeline.remove(definition.id);
    this.#dropped.delete(definition);
  }

  /** What stops it otherwise is met again at the next opening. */
  async #resumeReserving(index: IndexTableDefinition): Promise<void> {
    try {
      await this.#reserve(index).catch(async (error: unknown) => {
        if (!isRefusal(error)) throw error;
        if (this.#catalog.findById(index.id)) await this.drop(index.id);
      });
    } catch (error) {
      if (!(error instanceof WinnowError)) throw error;
    }
  }

  /** Errors: as `reserveRows`. */
  async #reserve({ id, unique, rowTableId }: IndexTableDefinition): Promise<void> {
    if (!unique || this.#kv.get(allReservedKey(id))) return;
    await this.#pipeline.reserve(id, this.rowTable(rowTableId), () => !this.#ending);
  }

  async #drop(id: number): Promise<void> {
    const object = must(this.#catalog.findById(id), 'a known object is dropped');
    if (object.kind === 'mergeTree') return this.#mergeTrees.drop(object);
    const indexTables = object.kind === 'rowTable' ? this.#catalog.indexTablesOf(id) : [];
    const objects = [...indexTables, object];
    await this.#define((batch) => this.#markDropped(batch, objects));
    await this.#endDropped(objects);
  }

  #markDropped(batch: KvBatch, objects: readonly RowBased[]): void {
    for (const object of objects) {
      this.#catalog.markDropped(batch, object);
      if (object.kind === 'rowTable') this.rowTable(object.id).markDropped();
    }
  }

  /** Index tables before their row table. */
  async #endDropped(objects: readonly RowBased[]): Promise<void> {
    for (const { kind, id } of objects) {
      if (kind === 'indexTable') await this.#pipeline.remove(id);
      else {
        // Those that ALTER is building, or has replaced: their records say already that they are dropped.
        for (const index of this.#pipeline.indexTablesOf(id)) await this.#discard(index.definition);
        this.#pipeline.removeRowTable(id);
        this.#tables.delete(id);
        this.#committer.removeTable(id);
      }
    }
    for (const object of objects) this.#dropped.delete(object);
  }

  async #loadRowTable(definition: RowTableDefinition): Promise<void> {
    const { id, sharding } = definition;
    const stored = must(this.#kv.get(tableStateKey(id)), 'a row table has a state');
    const state = decodeTableState(stored, sharding.shardCount);
    this.#committer.addTable(id, state, await HighestKeys.read(this.#kv, id, sharding.shardCount));
    await this.#pipeline.loadRowTable(this.#openRowTable(definition));
  }

  #openRowTable(definition: RowTableDefinition): RowTable {
    const table = new RowTable(definition, { kv: this.#kv, committer: this.#committer });
    this.#tables.set(definition.id, table);
    return table;
  }

  /** A new folder for the same parts definition. */
  #renewed(parts: PartsDefinition | undefined): PartsDefinition | undefined {
    return parts && { ...parts, uuid: this.newUuid() };
  }

  /** A random name for a folder of parts. */
  newUuid(): string {
    return uuidOf(this.#ports.random.bytes(16));
  }

  async #defined<T>(change: (batch: KvBatch) => T): Promise<T> {
    const made: T[] = [];
    await this.#define((batch) => void made.push(change(batch)));
    return made[0]!;
  }

  #define(change: (batch: KvBatch) => void): Promise<void> {
    if (this.#ending) throw new WinnowError('STORE_CLOSED', 'the store is closed');
    return this.#committer.apply(change);
  }
}

/** A row stands against the index table. */
const isRefusal = (error: unknown): boolean =>
  error instanceof EntryError || (error instanceof WinnowError && error.code === 'DUPLICATE_KEY');
