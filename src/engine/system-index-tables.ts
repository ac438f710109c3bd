// system-index-tables.ts — system.index_tables and system.lanes: what index tables are, how far they are, what they cost.

import { lowestOf } from '../catalog/access.ts';
import { columnsOfPath } from '../catalog/definitions.ts';
import { laneStatuses } from '../pipeline/lane-status.ts';
import { nullable, text, typed } from './answers.ts';
import { columnNames } from './show-create.ts';
import type { IndexTableStatus, TableStatus } from '../catalog/access.ts';
import type { IndexTable } from '../pipeline/index-table.ts';
import type { NamedType, ValueInput } from '../types/column.ts';
import type { DataType } from '../types/data-type.ts';
import type { Engine } from './context.ts';
import type { Store } from './store.ts';

const count: DataType = { kind: 'UInt64' };
const milliseconds: DataType = { kind: 'Float64' };
const moment: DataType = { kind: 'DateTime64', scale: 3, timezone: undefined };

export const indexTableColumns: readonly NamedType[] = [
  text('database'),
  text('name'),
  text('table'),
  text('layout'),
  text('key_columns'),
  text('covered_columns'),
  typed('shards', 'UInt64'),
  typed('lanes', 'UInt64'),
  text('state'),
  typed('lanes_stopped', 'UInt8'),
  // Applied entries; not known of one that was written before they were counted, until it is compared.
  nullable('rows', count),
  typed('bytes', 'UInt64'),
  typed('applied_sequence', 'UInt64'),
  typed('head_sequence', 'UInt64'),
  nullable('lag_ms', milliseconds),
  nullable('lag_changes', count),
  typed('tail_changes', 'UInt64'),
  typed('hits', 'UInt64'),
  nullable('last_used_at', moment),
  text('last_error'),
  typed('row_shards', 'UInt64'),
  nullable('drift_rows', count),
  nullable('checked_at', moment),
  nullable('checked_sequence', count),
];

export const laneColumns: readonly NamedType[] = [
  text('database'),
  text('index_table'),
  text('table'),
  typed('lane', 'UInt64'),
  typed('shards', 'UInt64'),
  typed('stopped', 'UInt8'),
  text('state'),
  typed('applied_sequence', 'UInt64'),
  typed('head_sequence', 'UInt64'),
  { name: 'positions', type: { kind: 'Map', key: { kind: 'UInt32' }, value: count } },
  typed('applied_changes', 'UInt64'),
  nullable('lag_ms', milliseconds),
  nullable('lag_changes', count),
  typed('stalled', 'UInt8'),
  // Of the index table: what fails, fails for all its lanes.
  typed('retries', 'UInt64'),
  text('last_error'),
];

type Known = {
  readonly table: TableStatus['definition'];
  readonly status: IndexTableStatus;
  readonly index: IndexTable;
};

/** Every index table at work, by database and row table. */
export function knownIndexTables(store: Store): Known[] {
  const tables = store.databases().flatMap((database) => store.rowTables(database));
  return tables.flatMap(({ id }) => {
    const { definition: table, indexTables } = store.status(id);
    return indexTables.flatMap((status) => {
      const index = store.indexTable(status.definition.id);
      return index ? [{ table, status, index }] : [];
    });
  });
}

export function indexTableRows({ store }: Engine): Promise<ValueInput[][]> {
  return Promise.all(
    knownIndexTables(store).map(async ({ table, status, index }) => {
      const { definition, state, positions, lagMs, tailChanges, lastError, comparison } = status;
      const { storage, progress } = index;
      const columns = columnsOfPath(definition, table);
      return [
        definition.database,
        definition.name,
        `${table.database}.${table.name}`,
        definition.layout,
        columnNames(columns, definition.keyColumns),
        columnNames(columns, definition.coveredColumns),
        definition.sharding.shardCount,
        definition.laneCount,
        state,
        index.stopped ? 1 : 0,
        storage.rowCount ?? null,
        await storage.sizeBytes(),
        lowestOf(positions),
        store.head,
        knownLag(lagMs),
        state === 'live' ? index.waitingChanges : null,
        tailChanges,
        progress.hits,
        progress.lastUsedMs === undefined ? null : new Date(progress.lastUsedMs),
        lastError ?? '',
        table.sharding.shardCount,
        comparison?.driftRows ?? null,
        comparison ? new Date(comparison.atMs) : null,
        comparison?.sequence ?? null,
      ];
    }),
  );
}

export function laneRows({ store, ports }: Engine): ValueInput[][] {
  return knownIndexTables(store).flatMap(({ table, index }) => {
    const { database, name } = index.definition;
    const retries = [...index.progress.retries.values()].reduce((total, times) => total + times, 0);
    return laneStatuses(index, ports.clock.nowMs()).map((lane) => [
      database,
      name,
      `${table.database}.${table.name}`,
      lane.lane,
      lane.shards.length,
      index.stopped ? 1 : 0,
      index.state,
      lowestOf(lane.positions),
      store.head,
      Object.fromEntries(lane.shards.map((shard, i) => [shard, lane.positions[i]!])),
      lane.appliedChanges,
      knownLag(lane.lagMs),
      lane.lagChanges ?? null,
      lane.isStalled ? 1 : 0,
      retries,
      index.lastError ?? '',
    ]);
  });
}

const knownLag = (lagMs: number): number | null => (Number.isFinite(lagMs) ? lagMs : null);
