// memory-table.test-support.ts — a row table with index tables in memory, behind the interfaces of storage.
//
// It does what a ScanRequest says, naively, and checks that the request keeps its promises.

import { assert, must } from '../base/assert.ts';
import { WinnowError } from '../base/errors.ts';
import type {
  IndexTableStatus,
  ReadCounters,
  ReadView,
  ScanRequest,
  TableStatus,
} from '../catalog/access.ts';
import {
  entryColumns,
  entryKeyColumns,
  type IndexTableDefinition,
  type IndexTableState,
} from '../catalog/definitions.ts';
import type { FreshnessDemand } from '../plan/freshness.ts';
import type { PlanContext, SelectPlan } from '../plan/plan.ts';
import { planSelect } from '../plan/plan-select.ts';
import { prepareSubqueries } from '../plan/prepare-subqueries.ts';
import { everySkipIndex } from '../plan/skip/skip-index-use.ts';
import type { RowAddress, RowTableDefinition, Sharding } from '../rows/definition.ts';
import { shardOfColumns } from '../rows/sharding.ts';
import type { SelectQuery } from '../sql/ast.ts';
import { parseStatement } from '../sql/parser.ts';
import { blockOfColumns, concatBlocks, takeBlock } from '../types/block.ts';
import type { Block, Column, Value, ValueInput } from '../types/column.ts';
import { nodePorts } from '../io/node-ports.ts';
import { ReaderCache } from '../parts/reader-cache.ts';
import { createKeyCodec } from '../types/key-codec.ts';
import { parseDataType } from '../types/parse-type.ts';
import { columnOf, valueAt } from '../types/value.ts';
import { newSourceCounters, type ExecContext } from './context.ts';
import { MemoryTracker } from './memory-tracker.ts';
import { runSelect } from './run-select.ts';
import { WorkerPool } from './worker-pool.ts';

export type IndexSpec = {
  readonly name: string;
  readonly on: readonly string[];
  readonly covering?: readonly string[];
  readonly shards?: number;
  readonly state?: IndexTableState;
};

export type TableSpec = {
  readonly name: string;
  /** `name Type`, one each. */
  readonly columns: readonly string[];
  readonly primaryKey: readonly string[];
  readonly shardBy?: readonly string[];
  readonly shardCount?: number;
  readonly indexes?: readonly IndexSpec[];
  readonly rows: readonly (readonly ValueInput[])[];
};

export type MemoryTable = { readonly status: TableStatus; readonly rows: Block; openView(): ReadView };

const BLOCK_ROWS = 7;

export function memoryTable(spec: TableSpec): MemoryTable {
  const definition = rowTableOf(spec);
  const position = (name: string): number =>
    must(
      definition.columns.findIndex((column) => column.name === name),
      name,
    );
  const indexTables = (spec.indexes ?? []).map((index, i): IndexTableStatus => {
    const keyColumns = index.on.map(position);
    const sharding: Sharding = {
      method: 'hash',
      columns: keyColumns.slice(0, 1),
      shardCount: index.shards ?? 4,
    };
    return {
      definition: {
        kind: 'indexTable',
        id: 10 + i,
        database: 'default',
        name: index.name,
        rowTableId: 1,
        keyColumns,
        sharding,
        laneCount: 1,
        layout: index.covering ? 'COVERING' : 'KEYS',
        coveredColumns: (index.covering ?? []).map(position),
      },
      state: index.state ?? 'live',
      positions: Array.from({ length: sharding.shardCount }, () => 1),
      lagMs: 1500,
      isReplaying: false,
      tailChanges: 0,
      lastError: undefined,
      comparison: undefined,
      parts: [],
    };
  });
  const columns = definition.columns.map(({ type }, i) =>
    columnOf(
      type,
      spec.rows.map((row) => row[i]),
    ),
  );
  const rows: Block = { rowCount: spec.rows.length, columns };
  const status: TableStatus = { definition, rowCount: rows.rowCount, indexTables, parts: [] };
  return { status, rows, openView: () => openView(definition, rows) };
}

function rowTableOf(spec: TableSpec): RowTableDefinition {
  const columns = spec.columns.map((text) => {
    const [name, ...type] = text.split(' ');
    return { name: name!, type: parseDataType(type.join(' ')), defaultSql: undefined, comment: '' };
  });
  const positions = (names: readonly string[]): number[] =>
    names.map((name) => columns.findIndex((column) => column.name === name));
  const sharding: Sharding = {
    method: 'hash',
    columns: positions(spec.shardBy ?? spec.primaryKey.slice(0, 1)),
    shardCount: spec.shardCount ?? 8,
  };
  return {
    kind: 'rowTable',
    id: 1,
    database: 'default',
    name: spec.name,
    columns,
    primaryKey: positions(spec.primaryKey),
    sharding,
    comment: '',
  };
}

type Entry = { readonly shard: number; readonly key: Buffer; readonly row: number };

function openView(table: RowTableDefinition, rows: Block): ReadView {
  const counters: ReadCounters = {
    shardsRead: 0,
    entriesRead: 0,
    bytesRead: 0,
    tailRowsOverlaid: 0,
    rowsLookedUp: 0,
    detailsFetched: 0,
    lookupShards: new Set(),
  };
  const byAddress = new Map(
    entriesOf(table, table, rows).map(({ shard, key, row }) => [`${shard}:${key.toString('hex')}`, row]),
  );
  return {
    sequence: 1,
    counters,
    moment: () => undefined,
    canRead: () => true,
    scan: (request) => scan(table, rows, request, counters),
    parts: async () => [],
    lookup(_, addresses, columns) {
      const nameOf = ({ shard, key }: RowAddress): string => `${shard}:${Buffer.from(key).toString('hex')}`;
      const found = addresses.flatMap((address) => byAddress.get(nameOf(address)) ?? []);
      counters.rowsLookedUp += addresses.length;
      for (const { shard } of addresses) counters.lookupShards.add(shard);
      return takeBlock(
        { rowCount: rows.rowCount, columns: columns.map((column) => rows.columns[column]!) },
        Uint32Array.from(found),
      );
    },
    details: () => {
      throw new Error('no index table here keeps details');
    },
    blame: (_, error) => error,
    release: () => {},
  };
}

function entriesOf(table: RowTableDefinition, path: ScanRequest['path'], rows: Block): Entry[] {
  const keyColumns = path.kind === 'rowTable' ? path.primaryKey : entryKeyColumns(path, table);
  const codec = createKeyCodec(keyColumns.map((column) => table.columns[column]!.type));
  const inOrder = (positions: readonly number[]): Column[] =>
    positions.map((column) => rows.columns[column]!);
  return Array.from({ length: rows.rowCount }, (_, row) => ({
    shard: shardOfColumns(path.sharding, inOrder(path.sharding.columns), row),
    key: codec.encode(inOrder(keyColumns), row),
    row,
  }));
}

async function* scan(
  table: RowTableDefinition,
  rows: Block,
  request: ScanRequest,
  counters: ReadCounters,
): AsyncGenerator<Block> {
  const { path, shards, ranges, columns, reverse, ordered, limit } = request;
  checkRequest(table, request);
  const inRange = ({ key }: Entry): boolean =>
    ranges.some(
      ({ start, end }) =>
        Buffer.compare(key, start) >= 0 && (end === undefined || Buffer.compare(key, end) < 0),
    );
  const entries = entriesOf(table, path, rows).filter(
    (entry) => shards.includes(entry.shard) && inRange(entry),
  );
  const sign = reverse ? -1 : 1;
  entries.sort((a, b) => (ordered ? 0 : a.shard - b.shard) || sign * Buffer.compare(a.key, b.key));
  const wanted = { rowCount: rows.rowCount, columns: columns.map((column) => rows.columns[column]!) };
  counters.shardsRead += shards.length;
  const end = Math.min(limit ?? entries.length, entries.length);
  for (let start = 0; start < end; start += BLOCK_ROWS) {
    const chunk = entries.slice(start, Math.min(end, start + BLOCK_ROWS));
    counters.entriesRead += chunk.length;
    yield takeBlock(
      wanted,
      Uint32Array.from(chunk, ({ row }) => row),
    );
  }
}

function checkRequest(table: RowTableDefinition, { path, shards, ranges, columns }: ScanRequest): void {
  const stored =
    path.kind === 'rowTable'
      ? table.columns.map((_, i) => i)
      : entryColumns(path as IndexTableDefinition, table);
  assert(
    columns.every((column) => stored.includes(column)),
    'the path holds the columns',
  );
  assert(
    shards.every((shard, i) => i === 0 || shards[i - 1]! < shard),
    'shards ascend',
  );
  ranges.forEach(({ start, end }, i) => {
    const before = ranges[i - 1];
    assert(end === undefined || Buffer.compare(start, end) < 0, 'a range is not empty');
    assert(
      !before || (before.end !== undefined && Buffer.compare(before.end, start) <= 0),
      'ranges are disjoint and ascend',
    );
  });
}

// ---- running statements against it

export type RunOptions = {
  readonly freshness?: FreshnessDemand;
  readonly parameters?: Record<string, ValueInput>;
  readonly exec?: Partial<ExecContext>;
};

export type Answer = {
  readonly plan: SelectPlan;
  readonly names: string[];
  readonly rows: Value[][];
  readonly context: ExecContext;
};

export function planContextOf(tables: readonly MemoryTable[], options: RunOptions = {}): PlanContext {
  return {
    resolveTable({ name, position }) {
      for (const { status } of tables) {
        if (status.definition.name === name) return { kind: 'table', status, indexTable: undefined };
        const index = status.indexTables.find(({ definition }) => definition.name === name);
        if (index) return { kind: 'table', status, indexTable: index.definition };
      }
      throw new WinnowError('UNKNOWN_TABLE', `no table ${name}`, { position });
    },
    tableFunction(name, args) {
      assert(name === 'numbers', 'tests use numbers(n) only');
      const type = parseDataType('UInt64');
      const numbers = columnOf(
        type,
        Array.from({ length: Number(args[0]) }, (_, i) => BigInt(i)),
      );
      return {
        kind: 'virtual',
        name,
        columns: [{ name: 'number', type }],
        read: (columns) =>
          oneBlock(blockOfColumns({ rowCount: numbers.rowCount, columns: [numbers] }, columns)),
      };
    },
    bind: { parameters: options.parameters ?? {}, nowMs: Date.UTC(2026, 10, 21), currentDatabase: 'default' },
    freshness: options.freshness ?? { kind: 'strong' },
    joinAlgorithm: 'default',
    skipIndexUse: everySkipIndex,
  };
}

async function* oneBlock(block: Block): AsyncGenerator<Block> {
  if (block.rowCount > 0) yield block;
}

export function execContextOf(
  table: MemoryTable | undefined,
  overrides: Partial<ExecContext> = {},
): ExecContext {
  return {
    view: (
      table ?? memoryTable({ name: 'none', columns: ['a UInt8'], primaryKey: ['a'], rows: [] })
    ).openView(),
    signal: undefined,
    memory: new MemoryTracker(0),
    timers: {
      sleep: () => Promise.resolve(),
      rest: () => Promise.resolve(),
      yield: () => Promise.resolve(),
    },
    clock: { nowMs: () => 0, monotonicMs: () => 0 },
    readers: new ReaderCache(nodePorts.files),
    workers: new WorkerPool(undefined),
    maxThreads: 1,
    columnCacheBytes: 0,
    deadlineMs: undefined,
    maxRowsToRead: 0,
    maxBlockRows: 5,
    counters: newSourceCounters(),
    rowsRead: { count: 0 },
    ...overrides,
  };
}

/** The answer as blocks. */
export async function runBlocks(
  sql: string,
  tables: readonly MemoryTable[],
  options: RunOptions = {},
): Promise<{ readonly plan: SelectPlan; readonly blocks: Block[]; readonly context: ExecContext }> {
  const context = execContextOf(tables[0], options.exec);
  const planContext = planContextOf(tables, options);
  const query = await prepareSubqueries(
    parseStatement(sql) as SelectQuery,
    async (subquery, maxRows, tooMany) => {
      const plan = planSelect(subquery, planContext);
      const blocks = await collect(plan, { ...context, counters: newSourceCounters() });
      if (blocks.reduce((total, { rowCount }) => total + rowCount, 0) > maxRows) throw tooMany();
      return { columns: plan.columns, blocks };
    },
  );
  const plan = planSelect(query, planContext);
  return { plan, blocks: await collect(plan, context), context };
}

export async function run(
  sql: string,
  tables: readonly MemoryTable[],
  options: RunOptions = {},
): Promise<Answer> {
  const { plan, blocks, context } = await runBlocks(sql, tables, options);
  const rows = blocks.length === 0 ? [] : rowsOf(concatBlocks(blocks));
  return { plan, names: plan.columns.map(({ name }) => name), rows, context };
}

async function collect(plan: SelectPlan, context: ExecContext): Promise<Block[]> {
  const blocks: Block[] = [];
  for await (const block of runSelect(plan, context)) blocks.push(block);
  return blocks;
}

export function rowsOf(block: Block): Value[][] {
  return Array.from({ length: block.rowCount }, (_, row) =>
    block.columns.map((column) => valueAt(column, row)),
  );
}
