// store.ts — the storage kernel: kv, log, row tables, index tables and their lanes behind one door. Knows no SQL.

import { assert, must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import { uuidOf } from '../base/uuid.ts';
import type { PartsPath, PartStatus, ReadView, TableStatus } from '../catalog/access.ts';
import { Catalog, type CatalogObject } from '../catalog/catalog.ts';
import type { IndexTableDefinition, MergeTreeDefinition, PartsDefinition } from '../catalog/definitions.ts';
import { PartFolder } from '../parts/part-folder.ts';
import { ReaderCache } from '../parts/reader-cache.ts';
import type { Ports } from '../io/ports.ts';
import type { Kv, KvBatch } from '../kv/kv.ts';
import { Committer } from '../log/committer.ts';
import { partSchemaOf } from '../catalog/part-schema.ts';
import { deleteRange } from '../log/delete-range.ts';
import {
  headIn,
  indexEntriesRange,
  indexPositionsRange,
  tableLogRange,
  tableRowsRange,
  tableStateKey,
} from '../log/keyspace.ts';
import { HighestKeys } from '../log/highest-keys.ts';
import { decodeTableState, encodeTableState, newTableState } from '../log/table-state.ts';
import { EntryError } from '../pipeline/entry-rows.ts';
import { ColumnarStorage } from '../pipeline/columnar-storage.ts';
import { WorkerPool } from '../exec/worker-pool.ts';
import { Pipeline, type PipelineSettings } from '../pipeline/pipeline.ts';
import type { IndexChecks } from '../pipeline/index-checks.ts';
import { writePositions } from '../pipeline/positions.ts';
import { openReadPoint, openReadView } from '../pipeline/read-view.ts';
import type { ReadViewServices } from '../pipeline/view-scans.ts';
import { isStoreGone } from '../pipeline/store-gone.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { RowTable } from '../rows/row-table.ts';
import type { RowAccess } from './row-access.ts';
import { OpenTransaction, type TransactionLimits } from './transaction.ts';
import { MergeTreeTable, type MergeTreeServices, type MergeTreeSettings } from './merge-tree-table.ts';

export type StoreSettings = PipelineSettings &
  MergeTreeSettings & {
    /** Memory for decoded columns of parts, of all threads together. */
    readonly columnCacheBytes: number;
  };

export type StoreOptions = {
  readonly kv: Kv;
  readonly ports: Ports;
  readonly settings: StoreSettings;
  /** Where the parts of columnar tables lie. */
  readonly folder: string;
};

/** Data definition and access; every method that changes something resolves when it is durable. */
export class Store {
  readonly #kv: Kv;
  readonly #ports: Ports;
  readonly #committer: Committer;
  readonly #catalog: Catalog;
  readonly #pipeline: Pipeline;
  readonly #tables = new Map<number, RowTable>();
  readonly #mergeTrees = new Map<number, MergeTreeTable>();
  readonly #mergeTreeServices: MergeTreeServices;
  readonly #folder: string;
  /** Readers of parts on the thread that owns the store. */
  readonly readers: ReaderCache;
  readonly workers: WorkerPool;
  /** Of one thread. */
  readonly columnCacheBytes: number;
  readonly #viewServices: ReadViewServices;
  readonly #transactions = new Set<OpenTransaction>();
  /** The newest state, for what runs outside of a transaction. */
  readonly rows: RowAccess = {
    status: (tableId) => this.status(tableId),
    readView: () => this.readView(),
    get: (table, key) => table.get(key),
    write: (table, work) => table.write(work),
  };
  /** Data definition runs one statement at a time. */
  #definitionLock: Promise<unknown> = Promise.resolve();
  #cleaning: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(options: StoreOptions, catalog: Catalog) {
    const { kv, ports, settings, folder } = options;
    this.#folder = folder;
    this.workers = new WorkerPool(ports.threads);
    this.columnCacheBytes = Math.floor(settings.columnCacheBytes / (1 + this.workers.size));
    this.readers = new ReaderCache(ports.files, this.columnCacheBytes, (folder) =>
      this.workers.forget(folder),
    );
    this.#mergeTreeServices = { ports, settings };
    this.#kv = kv;
    this.#ports = ports;
    this.#catalog = catalog;
    this.#committer = new Committer({
      kv,
      clock: ports.clock,
      timers: ports.timers,
      head: headIn(kv),
    });
    this.#pipeline = new Pipeline({
      kv,
      committer: this.#committer,
      ports,
      settings,
      readers: this.readers,
      folderOf: (uuid) => this.#folderOf(uuid),
    });
    this.#viewServices = {
      kv,
      clock: ports.clock,
      committer: this.#committer,
      pipeline: this.#pipeline,
      rowTable: (id) => this.rowTable(id),
      partFolder: (id) => this.mergeTree(id).folder,
    };
  }

  /** Opens what the kv holds: tails are rebuilt from the log before the first answer. */
  static async open(options: StoreOptions): Promise<Store> {
    const { catalog, dropped } = await Catalog.open(options.kv);
    const store = new Store(options, catalog);
    for (const object of catalog.objects())
      if (object.kind === 'rowTable') await store.#attachRowTable(object);
    for (const object of catalog.objects()) {
      if (object.kind === 'indexTable') await store.#pipeline.load(object, store.rowTable(object.rowTableId));
      if (object.kind === 'mergeTree') await store.#loadMergeTree(object);
    }
    store.#pipeline.startTrimming();
    store.#committer.setHook(store.#pipeline);
    for (const object of dropped) store.#clean(object);
    return store;
  }

  /** The newest committed sequence. */
  get head(): number {
    return this.#committer.head;
  }

  /** The newest sequence taken; its commit may still be on its way to disk. */
  get newestSequence(): number {
    return this.#committer.lastSequence;
  }

  /** Rises with every change of the catalog. */
  get catalogVersion(): number {
    return this.#catalog.version;
  }

  databases(): readonly string[] {
    return this.#catalog.databases();
  }

  createDatabase(name: string): Promise<void> {
    return this.#define((batch) => this.#catalog.createDatabase(batch, name));
  }

  /** The database must be empty. */
  dropDatabase(name: string): Promise<void> {
    return this.#define((batch) => this.#catalog.dropDatabase(batch, name));
  }

  /** Row tables of a database, by name. */
  rowTables(database: string): readonly RowTableDefinition[] {
    return this.tables(database).filter((object) => object.kind === 'rowTable');
  }

  indexTables(database: string): readonly IndexTableDefinition[] {
    return this.tables(database).filter((object) => object.kind === 'indexTable');
  }

  /** Tables of every kind, and index tables, by name. */
  tables(database: string): readonly CatalogObject[] {
    const objects = this.#catalog.objects().filter((object) => object.database === database);
    return objects.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  find(database: string, name: string): CatalogObject | undefined {
    return this.#catalog.find(database, name);
  }

  findById(id: number): CatalogObject | undefined {
    return this.#catalog.findById(id);
  }

  async createRowTable(input: Omit<RowTableDefinition, 'id' | 'kind'>): Promise<RowTableDefinition> {
    return this.#exclusively(() => this.#createRowTable(input));
  }

  /**
   * Registers the index table and, when the row table has rows, builds it; resolves when it is live.
   * Errors: EntryError when a row has no entry; then the index table is not kept.
   */
  async createIndexTable(input: Omit<IndexTableDefinition, 'id' | 'kind'>): Promise<IndexTableDefinition> {
    const definition = await this.#exclusively(() => this.#createIndexTable(input));
    try {
      await this.#untilLive(definition.id);
    } catch (error) {
      if (error instanceof EntryError && this.findById(definition.id)) await this.drop(definition.id);
      throw error;
    }
    return definition;
  }

  async createMergeTree(input: Omit<MergeTreeDefinition, 'id' | 'kind'>): Promise<MergeTreeDefinition> {
    return this.#exclusively(() => this.#createMergeTree(input));
  }

  /**
   * Drops a table, a row table with its index tables, or one index table.
   * Errors: HAVE_DEPENDENT_OBJECTS when tables are co-located with it.
   */
  drop(id: number): Promise<void> {
    return this.#exclusively(() => {
      this.#catalog.assertNoChildren(id);
      return this.#drop(id);
    });
  }

  /** Empties a table, a row table with its index tables: they go on under new ids, at once, whatever their size. */
  truncate(tableId: number): Promise<void> {
    return this.#exclusively(async () => {
      const found = this.#catalog.findById(tableId);
      if (found?.kind === 'mergeTree') return this.#truncateMergeTree(found);
      const table = this.rowTable(tableId).definition;
      const indexTables = this.#catalog.indexTablesOf(tableId);
      await this.#drop(tableId);
      const { id } = await this.#createRowTable(table);
      for (const index of indexTables)
        await this.#createIndexTable({ ...index, parts: this.#renewed(index.parts), rowTableId: id });
    });
  }

  /** Builds the index table again from its row table; resolves when it is live. */
  async rebuild(indexTableId: number): Promise<void> {
    this.#pipeline.rebuild(indexTableId);
    await this.#untilLive(indexTableId);
  }

  stopLanes(indexTableId: number | undefined): void {
    for (const id of this.#lanesOf(indexTableId)) this.#pipeline.stopLanes(id);
  }

  startLanes(indexTableId: number | undefined): void {
    for (const id of this.#lanesOf(indexTableId)) this.#pipeline.startLanes(id);
  }

  /**
   * Takes an index table back to the position `to`, or to the oldest that its log allows: the log from there is applied to
   * it once more, and until then it is `behind`. Resolves when the position is durable. Errors: INDEX_NOT_USABLE while it
   * is built, ARGUMENT_OUT_OF_BOUND naming the positions that are possible, UNKNOWN_TABLE when it was dropped meanwhile.
   */
  rewindLanes(indexTableId: number, to: number | undefined): Promise<void> {
    return this.#exclusively(async () => {
      if (!this.#catalog.findById(indexTableId))
        throw new WinnowError('UNKNOWN_TABLE', 'the index table was dropped meanwhile');
      await this.#pipeline.rewind(indexTableId, to);
    });
  }

  lanesStopped(indexTableId: number): boolean {
    return this.#pipeline.indexTable(indexTableId)?.stopped ?? false;
  }

  rowTable(id: number): RowTable {
    return must(this.#tables.get(id), 'a row table in the catalog is open');
  }

  /** Errors: UNKNOWN_TABLE when it was dropped since its definition was looked up. */
  mergeTree(id: number): MergeTreeTable {
    const table = this.#mergeTrees.get(id);
    if (table) return table;
    throw new WinnowError('UNKNOWN_TABLE', 'the table was dropped meanwhile');
  }

  /** The active parts of a table or index table; none of one that is made of rows. */
  partsOf(object: CatalogObject): readonly PartStatus[] {
    if (object.kind === 'mergeTree') return this.status(object.id).parts;
    const index = this.#pipeline.indexTable(object.id);
    return index ? this.#pipeline.status(index).parts : [];
  }

  /** Merges all parts of each partition, or of one of a MergeTree table, into one. */
  async optimize(path: PartsPath, partitionId: string | undefined): Promise<void> {
    if (path.kind === 'mergeTree') return this.mergeTree(path.id).optimize(partitionId);
    const { storage } = must(this.#pipeline.indexTable(path.id), 'an index table in the catalog is open');
    assert(storage instanceof ColumnarStorage, 'a columnar path has columnar storage');
    await storage.optimize();
  }

  /** Of a row table with its index tables, or of a MergeTree table. */
  status(tableId: number): TableStatus {
    const found = this.#catalog.findById(tableId);
    if (found?.kind === 'mergeTree') return this.#mergeTreeStatus(found);
    const table = this.rowTable(tableId);
    const indexTables = this.#pipeline.indexTablesOf(tableId).map((index) => this.#pipeline.status(index));
    return { definition: table.definition, rowCount: table.rowCount, indexTables, parts: [] };
  }

  #mergeTreeStatus(definition: MergeTreeDefinition): TableStatus {
    const parts = this.mergeTree(definition.id).folder.parts.map((part) => ({
      shard: 0,
      part,
      deletedRows: 0,
    }));
    const rowCount = parts.reduce((total, { part }) => total + part.rowCount, 0);
    return { definition, rowCount, indexTables: [], parts };
  }

  /** Bytes of log kept for a row table, roughly. */
  logBytes(rowTableId: number): number {
    return this.#pipeline.logBytes(rowTableId);
  }

  /** Comparing index tables with their row tables. */
  get checks(): IndexChecks {
    return this.#pipeline.checks;
  }

  /** Takes a read point now. Release it in `finally`. */
  readView(): ReadView {
    this.#assertOpen();
    return openReadView(this.#viewServices);
  }

  /** Begins a transaction on a snapshot taken now. It ends by commit, rollback, its time limit, or with the store. */
  begin(limits: TransactionLimits): OpenTransaction {
    this.#assertOpen();
    const services = {
      clock: this.#ports.clock,
      timers: this.#ports.timers,
      committer: this.#committer,
      status: (tableId: number) => this.status(tableId),
      nextTableId: this.#catalog.nextId,
    };
    const transaction = new OpenTransaction(openReadPoint(this.#viewServices), services, limits);
    this.#transactions.add(transaction);
    transaction.ending.addEventListener('abort', () => this.#transactions.delete(transaction));
    return transaction;
  }

  get openTransactions(): number {
    return this.#transactions.size;
  }

  /** Why the store cannot serve; empty when it can. */
  notReady(): readonly string[] {
    if (this.#closing) return ['the store is closing'];
    return this.#committer.failure ? [this.#committer.failure.message] : [];
  }

  /** Resolves when every index table with running lanes has applied the head of now. */
  drain(): Promise<void> {
    return this.#pipeline.drain();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const transaction of this.#transactions)
      transaction.rollback('the transaction was rolled back: the store was closed');
    await this.#definitionLock.catch(() => undefined);
    await this.#pipeline.close();
    const reason = new WinnowError('STORE_CLOSED', 'the store is closed');
    await Promise.all([...this.#mergeTrees.values()].map((table) => table.close(reason)));
    await this.#cleaning;
    this.readers.close();
    await this.workers.close();
    await this.#committer.close();
    await this.#kv.close();
  }

  async #createRowTable(input: Omit<RowTableDefinition, 'id' | 'kind'>): Promise<RowTableDefinition> {
    let created: RowTableDefinition | undefined;
    await this.#define((batch) => {
      const definition: RowTableDefinition = { ...input, kind: 'rowTable', id: this.#catalog.takeId(batch) };
      this.#catalog.add(batch, definition);
      batch.put(
        tableStateKey(definition.id),
        encodeTableState(newTableState(definition.sharding.shardCount)),
      );
      created = definition;
    });
    const definition = must(created, 'the definition was made');
    await this.#attachRowTable(definition);
    return definition;
  }

  async #createIndexTable(input: Omit<IndexTableDefinition, 'id' | 'kind'>): Promise<IndexTableDefinition> {
    const table = this.rowTable(input.rowTableId);
    let created: IndexTableDefinition | undefined;
    await this.#define((batch) => {
      const definition: IndexTableDefinition = {
        ...input,
        kind: 'indexTable',
        id: this.#catalog.takeId(batch),
      };
      this.#catalog.add(batch, definition);
      const applied = table.rowCount === 0 ? this.#committer.lastSequence : undefined;
      if (applied !== undefined)
        writePositions(
          batch,
          definition.id,
          Array.from({ length: definition.sharding.shardCount }, () => applied),
        );
      this.#pipeline.add(definition, table, applied);
      created = definition;
    });
    return must(created, 'the definition was made');
  }

  async #createMergeTree(input: Omit<MergeTreeDefinition, 'id' | 'kind'>): Promise<MergeTreeDefinition> {
    const folder = await this.#openFolder({ ...input, kind: 'mergeTree', id: 0 });
    let created: MergeTreeDefinition | undefined;
    await this.#define((batch) => {
      created = { ...input, kind: 'mergeTree', id: this.#catalog.takeId(batch) };
      this.#catalog.add(batch, created);
      this.#mergeTrees.set(created.id, new MergeTreeTable(created, folder, this.#mergeTreeServices));
    });
    return must(created, 'the definition was made');
  }

  /** Errors: CANNOT_OPEN_FILE when the folder is gone, whose parts nothing else names. */
  async #loadMergeTree(definition: MergeTreeDefinition): Promise<void> {
    const { database, name, parts } = definition;
    const file = `${this.#folderOf(parts.uuid)}/format_version.txt`;
    if (!(await this.#ports.files.read(file)))
      throw new WinnowError('CANNOT_OPEN_FILE', `the parts of ${database}.${name} are gone: no ${file}`, {
        hint: 'Restore the folder from a backup.',
      });
    const folder = await this.#openFolder(definition);
    this.#mergeTrees.set(definition.id, new MergeTreeTable(definition, folder, this.#mergeTreeServices));
  }

  #openFolder(definition: MergeTreeDefinition): Promise<PartFolder> {
    const { files } = this.#ports;
    const path = this.#folderOf(definition.parts.uuid);
    return PartFolder.open(files, path, partSchemaOf(definition, definition), this.readers);
  }

  async #truncateMergeTree(old: MergeTreeDefinition): Promise<void> {
    const parts = { ...old.parts, uuid: this.newUuid() };
    const folder = await this.#openFolder({ ...old, parts });
    await this.#define((batch) => {
      this.#catalog.markDropped(batch, old);
      const renewed = { ...old, parts, id: this.#catalog.takeId(batch) };
      this.#catalog.add(batch, renewed);
      this.#mergeTrees.set(renewed.id, new MergeTreeTable(renewed, folder, this.#mergeTreeServices));
    });
    await this.#endMergeTree(old);
  }

  /** Of one that is marked as dropped. */
  async #endMergeTree(definition: MergeTreeDefinition): Promise<void> {
    const table = this.mergeTree(definition.id);
    this.#mergeTrees.delete(definition.id);
    const { database, name } = definition;
    await table.close(new WinnowError('UNKNOWN_TABLE', `Table ${database}.${name} was dropped`));
    this.#pipeline.views.afterOpenViews(() => {
      for (const part of table.folder.parts) this.readers.forget(part.folder);
      // The views that ended have let go of parts that merges had replaced.
      this.#cleaning = this.#cleaning.then(() => table.folder.close());
      this.#clean(definition);
    });
  }

  async #drop(id: number): Promise<void> {
    const object = must(this.#catalog.findById(id), 'a known object is dropped');
    if (object.kind === 'mergeTree') {
      await this.#define((batch) => this.#catalog.markDropped(batch, object));
      return this.#endMergeTree(object);
    }
    const indexTables = object.kind === 'rowTable' ? this.#catalog.indexTablesOf(id) : [object];
    const objects: CatalogObject[] = object.kind === 'rowTable' ? [...indexTables, object] : indexTables;
    await this.#define((batch) => {
      for (const each of objects) this.#catalog.markDropped(batch, each);
      if (object.kind === 'rowTable') this.rowTable(id).markDropped();
    });
    for (const index of indexTables) await this.#pipeline.remove(index.id);
    if (object.kind === 'rowTable') {
      this.#pipeline.removeRowTable(id);
      this.#tables.delete(id);
      this.#committer.removeTable(id);
    }
    for (const each of objects) this.#clean(each);
  }

  /** Deletes the data of a dropped object in the background, then its record. */
  #clean(object: CatalogObject): void {
    const ranges =
      object.kind === 'rowTable'
        ? [tableRowsRange(object.id), tableLogRange(object.id)]
        : [indexEntriesRange(object.id), indexPositionsRange(object.id)];
    this.#cleaning = this.#cleaning.then(async () => {
      try {
        const services = { kv: this.#kv, committer: this.#committer };
        for (const range of ranges) await deleteRange(services, range, () => !this.#closing);
        if (this.#closing) return;
        if (object.kind !== 'rowTable' && object.parts)
          await this.#ports.files.remove(this.#folderOf(object.parts.uuid));
        await this.#committer.apply((batch) => {
          if (object.kind === 'rowTable') batch.delete(tableStateKey(object.id));
          this.#catalog.forget(batch, object);
        });
      } catch (error) {
        // What is left is deleted when the store is opened again.
        if (!isStoreGone(error)) throw error;
      }
    });
  }

  async #attachRowTable(definition: RowTableDefinition): Promise<void> {
    const { shardCount } = definition.sharding;
    const stored = this.#kv.get(tableStateKey(definition.id));
    const state = stored ? decodeTableState(stored, shardCount) : newTableState(shardCount);
    this.#committer.addTable(
      definition.id,
      state,
      await HighestKeys.read(this.#kv, definition.id, shardCount),
    );
    const table = new RowTable(definition, { kv: this.#kv, committer: this.#committer });
    this.#tables.set(definition.id, table);
    await this.#pipeline.addRowTable(table);
  }

  /** A new folder for the same parts definition. */
  #renewed(parts: PartsDefinition | undefined): PartsDefinition | undefined {
    return parts && { ...parts, uuid: this.newUuid() };
  }

  /** A random name for a folder of parts. */
  newUuid(): string {
    return uuidOf(this.#ports.random.bytes(16));
  }

  #folderOf(uuid: string): string {
    return `${this.#folder}/${uuid.slice(0, 3)}/${uuid}`;
  }

  #lanesOf(indexTableId: number | undefined): number[] {
    return indexTableId === undefined
      ? this.#pipeline.indexTables().map((index) => index.definition.id)
      : [indexTableId];
  }

  async #untilLive(indexTableId: number): Promise<void> {
    for (;;) {
      const index = this.#pipeline.indexTable(indexTableId);
      if (!index || index.state === 'live' || index.stopped || this.#closing) return;
      if (this.#committer.failure) throw this.#committer.failure;
      if (index.rowError) throw index.rowError;
      await this.#ports.timers.sleep(2);
    }
  }

  #define(change: (batch: KvBatch) => void): Promise<void> {
    this.#assertOpen();
    return this.#committer.apply(change);
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#definitionLock.then(work);
    this.#definitionLock = result.catch(() => undefined);
    return result;
  }

  #assertOpen(): void {
    if (this.#closing) throw new WinnowError('STORE_CLOSED', 'the store is closed');
  }
}
