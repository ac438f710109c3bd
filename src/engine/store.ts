// store.ts — the storage kernel: kv, log, row tables, index tables and their lanes behind one door. Knows no SQL.

import { assert, must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import type { PartsPath, PartStatus, ReadView, TableStatus } from '../catalog/access.ts';
import { Catalog, type CatalogObject } from '../catalog/catalog.ts';
import type { IndexTableDefinition, MergeTreeDefinition } from '../catalog/definitions.ts';
import type { PartBitmaps } from '../parts/part-bitmaps.ts';
import { ReaderCache } from '../parts/reader-cache.ts';
import type { Ports } from '../io/ports.ts';
import type { Kv } from '../kv/kv.ts';
import { Committer } from '../log/committer.ts';
import { headIn } from '../log/keyspace.ts';
import { ColumnarStorage } from '../pipeline/columnar-storage.ts';
import { WorkerPool } from '../exec/worker-pool.ts';
import type { LogThreads } from '../pipeline/log-job.ts';
import { Pipeline, type PipelineSettings } from '../pipeline/pipeline.ts';
import type { IndexChecks } from '../pipeline/index-checks.ts';
import type { IndexTable } from '../pipeline/index-table.ts';
import { openReadPoint, openReadView } from '../pipeline/read-view.ts';
import type { ReadViewServices } from '../pipeline/view-scans.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { Pipelines } from '../pipeline/using.ts';
import type { RowTable } from '../rows/row-table.ts';
import type { RowAccess } from './row-access.ts';
import { OpenTransaction, type TransactionLimits } from './transaction.ts';
import { DataDefinition } from './data-definition.ts';
import type { MergeTreeTable, MergeTreeSettings } from './merge-tree-table.ts';
import { MergeTrees } from './merge-trees.ts';

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
  /** Filters of index tables, by name. */
  readonly pipelines?: Pipelines | undefined;
  /** Others than worker threads. */
  readonly logThreads?: LogThreads | undefined;
};

function logThreadsOf(workers: WorkerPool): LogThreads | undefined {
  if (workers.size === 0) return undefined;
  return { afterChanges: 10_000, pieceChanges: 100_000, run: (job) => workers.applyLog(job) };
}

/** One open store. */
export class Store {
  readonly #kv: Kv;
  readonly #ports: Ports;
  readonly #committer: Committer;
  readonly #catalog: Catalog;
  readonly #pipeline: Pipeline;
  readonly #mergeTrees: MergeTrees;
  /** Data definition: makes and ends tables and index tables. */
  readonly definitions: DataDefinition;
  /** Filters of index tables that `open` was given. */
  readonly pipelines: Pipelines;
  /** Readers of parts on the thread that owns the store. */
  readonly readers: ReaderCache;
  readonly workers: WorkerPool;
  /** Threads for the log of index tables that are far behind; queries have their own. */
  readonly logWorkers: WorkerPool;
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
  #closing: Promise<void> | undefined;

  private constructor(options: StoreOptions, catalog: Catalog) {
    const { kv, ports, settings } = options;
    const folderOf = (uuid: string): string => `${options.folder}/${uuid.slice(0, 3)}/${uuid}`;
    this.workers = new WorkerPool(ports.threads);
    this.logWorkers = new WorkerPool(ports.threads);
    this.columnCacheBytes = Math.floor(settings.columnCacheBytes / (1 + this.workers.size));
    this.readers = new ReaderCache(ports.files, this.columnCacheBytes, (folder) =>
      this.workers.forget(folder),
    );
    this.#kv = kv;
    this.pipelines = options.pipelines ?? new Map();
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
      pipelines: this.pipelines,
      folderOf,
      logThreads: options.logThreads ?? logThreadsOf(this.logWorkers),
    });
    this.#mergeTrees = new MergeTrees({ ports, settings }, { readers: this.readers, folderOf });
    this.definitions = new DataDefinition({
      kv,
      ports,
      committer: this.#committer,
      catalog,
      pipeline: this.#pipeline,
      readers: this.readers,
      mergeTrees: this.#mergeTrees,
      pipelines: this.pipelines,
      folderOf,
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
    await store.definitions.open();
    store.#pipeline.startTrimming();
    store.#committer.setHook(store.#pipeline);
    store.definitions.cleanUp(dropped);
    store.definitions.resume();
    store.checks.startDetector();
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

  /** Builds the index table again from its row table; resolves when it is live. */
  async rebuild(indexTableId: number): Promise<void> {
    this.#pipeline.rebuild(indexTableId);
    await this.definitions.untilLive(indexTableId);
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
    return this.definitions.exclusively(async () => {
      if (!this.#catalog.findById(indexTableId))
        throw new WinnowError('UNKNOWN_TABLE', 'the index table was dropped meanwhile');
      await this.#pipeline.rewind(indexTableId, to);
    });
  }

  /** An index table at work; undefined when it was dropped. */
  indexTable(id: number): IndexTable | undefined {
    return this.#pipeline.indexTable(id);
  }

  rowTable(id: number): RowTable {
    return this.definitions.rowTable(id);
  }

  /** Errors: UNKNOWN_TABLE when it was dropped since its definition was looked up. */
  mergeTree(id: number): MergeTreeTable {
    return this.#mergeTrees.get(id);
  }

  /** The active parts of a table or index table; none of one that is made of rows. */
  partsOf(object: CatalogObject): readonly PartStatus[] {
    if (object.kind === 'mergeTree') return this.status(object.id).parts;
    const index = this.#pipeline.indexTable(object.id);
    return index ? this.#pipeline.status(index).parts : [];
  }

  /** Bitmap indexes of the parts of a shard; undefined of what is made of rows. */
  bitmapsOf(object: CatalogObject, shard: number): PartBitmaps | undefined {
    if (object.kind === 'mergeTree') return this.mergeTree(object.id).folder.bitmaps;
    const storage = this.#pipeline.indexTable(object.id)?.storage;
    return storage instanceof ColumnarStorage ? storage.bitmaps[shard] : undefined;
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
    // One that ALTER is building, or has replaced, is not in the catalog.
    const inUse = this.#pipeline
      .indexTablesOf(tableId)
      .filter(({ definition }) => this.#catalog.findById(definition.id));
    const indexTables = inUse.map((index) => this.#pipeline.status(index));
    return { definition: table.definition, rowCount: table.rowCount, indexTables, parts: [] };
  }

  #mergeTreeStatus(definition: MergeTreeDefinition): TableStatus {
    const parts = this.mergeTree(definition.id).folder.parts.map((part) => ({
      shard: 0,
      part,
      deletedRows: part.deletedRows.count,
    }));
    const rowCount = parts.reduce((total, { part, deletedRows }) => total + part.rowCount - deletedRows, 0);
    return { definition, rowCount, indexTables: [], parts };
  }

  /** Bytes of log kept for a row table, roughly. */
  logBytes(rowTableId: number): number {
    return this.#pipeline.logBytes(rowTableId);
  }

  /** When the oldest record of the log was written, roughly; undefined when there is none. */
  oldestLogMs(rowTableId: number): number | undefined {
    return this.#pipeline.oldestLogMs(rowTableId);
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
    await this.definitions.end();
    await this.#pipeline.close();
    await this.definitions.close(new WinnowError('STORE_CLOSED', 'the store is closed'));
    this.readers.close();
    await this.workers.close();
    // Their handles of the store must be closed before it.
    await this.logWorkers.close();
    await this.#committer.close();
    await this.#kv.close();
  }

  #lanesOf(indexTableId: number | undefined): number[] {
    if (indexTableId !== undefined) return [indexTableId];
    return this.#catalog.objects().flatMap(({ kind, id }) => (kind === 'indexTable' ? [id] : []));
  }

  #assertOpen(): void {
    if (this.#closing) throw new WinnowError('STORE_CLOSED', 'the store is closed');
  }
}
