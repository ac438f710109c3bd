// system-tables.ts — system.*: what the store knows about itself, made when it is read.

import { errorTable } from '../base/errors.ts';
import { columnsOfPath, heldColumns } from '../catalog/definitions.ts';
import { aggregateNames } from '../expr/aggregates.ts';
import { functionNames } from '../expr/registry.ts';
import { blockOfColumns } from '../types/block.ts';
import { typeName } from '../types/data-type.ts';
import { blockOfRows, nullable, text, typed } from './answers.ts';
import { metricColumns, metricRows } from './metric-samples.ts';
import { columnNames, createIndexTableSql, createTableSql } from './show-create.ts';
import { settingTable } from './settings.ts';
import { indexTableColumns, indexTableRows, laneColumns, laneRows } from './system-index-tables.ts';
import { partColumns, partRows } from './system-parts.ts';
import { skipIndexColumns, skipIndexRows } from './system-skip-indexes.ts';
import type { CatalogObject } from '../catalog/catalog.ts';
import type { IndexTableDefinition } from '../catalog/definitions.ts';
import type { VirtualTable } from '../plan/plan.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import type { Block, NamedType, ValueInput } from '../types/column.ts';
import { codecSql } from './codec-definitions.ts';
import type { StatementContext } from './context.ts';
import type { Metrics } from './metrics.ts';
import type { Store } from './store.ts';

type Rows = readonly (readonly ValueInput[])[];

type SystemTable = {
  readonly columns: readonly NamedType[];
  readonly rows: (context: StatementContext) => Rows | Promise<Rows>;
};

const systemTables: Readonly<Record<string, SystemTable>> = {
  one: { columns: [typed('dummy', 'UInt8')], rows: () => [[0]] },
  databases: {
    columns: [text('name'), text('engine'), text('comment')],
    rows: ({ engine }) =>
      [...engine.store.databases(), 'system']
        .sort()
        .map((name) => [name, name === 'system' ? 'System' : 'Winnow', '']),
  },
  tables: {
    columns: [
      text('database'),
      text('name'),
      text('engine'),
      text('create_table_query'),
      text('partition_key'),
      text('sorting_key'),
      text('primary_key'),
      text('colocated_with'),
      nullable('total_rows', { kind: 'UInt64' }),
      text('comment'),
    ],
    rows: ({ engine }) => [...storedTables(engine.store), ...systemTableRows()],
  },
  columns: {
    columns: [
      text('database'),
      text('table'),
      text('name'),
      text('type'),
      typed('position', 'UInt64'),
      text('default_kind'),
      text('default_expression'),
      text('comment'),
      typed('is_in_sorting_key', 'UInt8'),
      typed('is_in_primary_key', 'UInt8'),
      text('compression_codec'),
    ],
    rows: ({ engine }) => [...storedColumns(engine.store), ...systemColumns()],
  },
  settings: {
    columns: [
      text('name'),
      text('value'),
      typed('changed', 'UInt8'),
      text('description'),
      text('min'),
      text('max'),
      text('unit'),
      text('scope'),
      typed('readonly', 'UInt8'),
      text('type'),
      text('default'),
    ],
    rows: settingRows,
  },
  functions: {
    columns: [text('name'), typed('is_aggregate', 'UInt8')],
    rows: () => [
      ...functionNames().map((name) => [name, 0] as const),
      ...aggregateNames().map((name) => [name, 1] as const),
    ],
  },
  parts: { columns: partColumns, rows: ({ engine }) => partRows(engine) },
  data_skipping_indices: { columns: skipIndexColumns, rows: ({ engine }) => skipIndexRows(engine.store) },
  index_tables: { columns: indexTableColumns, rows: ({ engine }) => indexTableRows(engine) },
  lanes: { columns: laneColumns, rows: ({ engine }) => laneRows(engine) },
  metrics: { columns: metricColumns, rows: ({ engine }) => metricRows(engine) },
  errors: {
    columns: [
      text('name'),
      typed('code', 'UInt64'),
      typed('http_status', 'UInt64'),
      typed('retryable', 'UInt8'),
      text('meaning'),
      typed('value', 'UInt64'),
    ],
    rows: ({ engine }) => errorRows(engine.metrics),
  },
};

export function systemTableNames(): readonly string[] {
  return Object.keys(systemTables);
}

/** Columns of a system table, or undefined when there is none of that name. */
export function systemTableColumns(name: string): readonly NamedType[] | undefined {
  return Object.hasOwn(systemTables, name) ? systemTables[name]!.columns : undefined;
}

/** The system table as a source of rows, or undefined. */
export function systemTable(name: string, context: StatementContext): VirtualTable | undefined {
  if (!Object.hasOwn(systemTables, name)) return undefined;
  const { columns, rows } = systemTables[name]!;
  async function* read(wanted: readonly number[]): AsyncGenerator<Block> {
    yield blockOfColumns(blockOfRows(columns, await rows(context)), wanted);
  }
  return { kind: 'virtual', name: `system.${name}`, columns, read };
}

function allTables(store: Store): CatalogObject[] {
  return store.databases().flatMap((database) => store.tables(database));
}

function baseOf(store: Store, index: IndexTableDefinition): RowTableDefinition {
  return store.rowTable(index.rowTableId).definition;
}

const engines = { rowTable: 'RowTable', mergeTree: 'MergeTree', indexTable: 'IndexTable' } as const;

function storedTables(store: Store): Rows {
  return allTables(store).map((table) => {
    const base = table.kind === 'indexTable' ? baseOf(store, table) : table;
    const { sorting, primary } = keysOf(table);
    return [
      table.database,
      table.name,
      engines[table.kind],
      table.kind === 'indexTable' ? createIndexTableSql(table, baseOf(store, table)) : createTableSql(table),
      table.kind === 'rowTable' ? '' : (table.parts?.partitionBySql ?? ''),
      columnNames(columnsOfPath(table, base), sorting),
      columnNames(columnsOfPath(table, base), primary),
      parentName(table),
      table.kind === 'indexTable' ? null : store.status(table.id).rowCount,
      table.kind === 'indexTable' ? '' : table.comment,
    ];
  });
}

function parentName(table: CatalogObject): string {
  const parent = table.kind === 'rowTable' ? table.colocatedWith : undefined;
  return parent ? `${parent.database}.${parent.name}` : '';
}

function keysOf(table: CatalogObject): { sorting: readonly number[]; primary: readonly number[] } {
  if (table.kind === 'indexTable') return { sorting: table.keyColumns, primary: table.keyColumns };
  const { primaryKey: primary } = table;
  return { sorting: table.kind === 'mergeTree' ? table.orderBy : primary, primary };
}

function systemTableRows(): Rows {
  return systemTableNames().map((name) => ['system', name, 'System', '', '', '', '', '', null, '']);
}

function storedColumns(store: Store): Rows {
  return allTables(store).flatMap((table) => {
    const base = table.kind === 'indexTable' ? baseOf(store, table) : table;
    const positions = table.kind === 'indexTable' ? heldColumns(table, base) : base.columns.map((_, i) => i);
    const columns = columnsOfPath(table, base);
    const { sorting, primary } = keysOf(table);
    return positions.map((position, i) => {
      const { name, type, defaultSql, comment } = columns[position]!;
      const defaultKind = defaultSql === undefined ? '' : 'DEFAULT';
      const codec = table.kind === 'rowTable' ? undefined : codecSql(table.parts?.codecs, name);
      return [
        table.database,
        table.name,
        name,
        typeName(type),
        i + 1,
        defaultKind,
        defaultSql ?? '',
        comment,
        sorting.includes(position) ? 1 : 0,
        primary.includes(position) ? 1 : 0,
        codec === undefined ? '' : `CODEC(${codec})`,
      ];
    });
  });
}

function systemColumns(): Rows {
  return Object.entries(systemTables).flatMap(([table, { columns }]) =>
    columns.map(({ name, type }, i) => ['system', table, name, typeName(type), i + 1, '', '', '', 0, 0, '']),
  );
}

function settingRows({ settings }: StatementContext): Rows {
  return Object.entries(settingTable).map(([name, definition]) => {
    const value = settings[name as keyof typeof settings];
    const [min, max] = 'range' in definition ? definition.range.map(String) : ['', ''];
    const unit = 'unit' in definition ? definition.unit : '';
    const changed = value === definition.defaultValue ? 0 : 1;
    const readonly = definition.scope === 'server' || settings.readonly === 1 ? 1 : 0;
    return [
      name,
      settingText(value),
      changed,
      definition.meaning,
      min,
      max,
      unit,
      definition.scope,
      readonly,
      definition.type,
      settingText(definition.defaultValue),
    ];
  });
}

/** Booleans as ClickHouse shows them. */
export function settingText(value: string | number | boolean): string {
  return typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
}

/** Every error there is, and how often statements met it since the store was opened. */
function errorRows({ errors }: Metrics): Rows {
  return Object.entries(errorTable).map(([name, { number, httpStatus, retryable, meaning }]) => [
    name,
    number,
    httpStatus,
    retryable ? 1 : 0,
    meaning,
    errors.get(number) ?? 0,
  ]);
}
