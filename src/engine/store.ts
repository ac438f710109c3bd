// store.ts — the storage kernel: kv, log, row tables, index tables and their lanes behind one door. Knows no SQL.

import type { ReadView, TableStatus } from '../catalog/access.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { Ports } from '../io/ports.ts';
import type { Kv } from '../kv/kv.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { RowTable } from '../rows/row-table.ts';

export type StoreSettings = {
  /** Changes an index table's tail may hold before writers are delayed. */
  readonly tailMaxChanges: number;
  /** Bytes an index table's tail may hold before writers are delayed. */
  readonly tailMaxBytes: number;
  readonly tailMaxWriteDelayMs: number;
  /** Log bytes kept for an index table that is behind, before it becomes invalid. */
  readonly logMaxBytes: number;
  /** Changes applied in one batch of a lane. */
  readonly laneBatchChanges: number;
};

/** Data definition and access; every method that changes something resolves when it is durable. */
export interface Store {
  databases(): readonly string[];
  createDatabase(name: string): Promise<void>;
  /** The database must be empty. */
  dropDatabase(name: string): Promise<void>;
  /** Row tables of a database, by name. */
  rowTables(database: string): readonly RowTableDefinition[];
  indexTables(database: string): readonly IndexTableDefinition[];
  /** The object of that name, or undefined. */
  find(database: string, name: string): RowTableDefinition | IndexTableDefinition | undefined;
  findById(id: number): RowTableDefinition | IndexTableDefinition | undefined;
  createRowTable(definition: Omit<RowTableDefinition, 'id' | 'kind'>): Promise<RowTableDefinition>;
  /** Registers the index table and builds it in the background when the row table has rows; resolves when it is live. */
  createIndexTable(definition: Omit<IndexTableDefinition, 'id' | 'kind'>): Promise<IndexTableDefinition>;
  /** Drops a row table with its index tables, or one index table. */
  drop(id: number): Promise<void>;
  truncate(rowTableId: number): Promise<void>;
  rebuild(indexTableId: number): Promise<void>;
  stopLanes(indexTableId: number | undefined): void;
  startLanes(indexTableId: number | undefined): void;
  lanesStopped(indexTableId: number): boolean;
  rowTable(id: number): RowTable;
  status(rowTableId: number): TableStatus;
  /** Takes a read point now. Release it in `finally`. */
  readView(): ReadView;
  /** The newest committed sequence. */
  readonly head: number;
  /** Why the store cannot serve (a failed write, closing); empty when it can. */
  notReady(): readonly string[];
  /** Resolves when every live index table with running lanes has applied the head of now. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

export type OpenStore = (options: { readonly kv: Kv; readonly ports: Ports; readonly settings: StoreSettings }) => Promise<Store>;
