// simulated-checks.ts — reading through every access path and comparing with the history at the read point.

import type { ReadView } from '../catalog/access.ts';
import { entryColumns, type IndexTableDefinition } from '../catalog/definitions.ts';
import type { Store } from '../engine/store.ts';
import { readMorsel } from '../exec/scan-parts.ts';
import { Arena } from '../kernels/arena.ts';
import type { KeyRange } from '../rows/definition.ts';
import type { Block } from '../types/column.ts';
import { createKeyCodec, prefixEnd } from '../types/key-codec.ts';
import { columnOf, valueAt } from '../types/value.ts';
import type { ModelRow } from './history.ts';
import { ALL_COLUMNS, modelTable, nameOf, rowsOf, typeOf } from './model-table.ts';
import type { World } from './simulate.ts';

const EVERYTHING: KeyRange = { start: new Uint8Array(), end: undefined };

/** Compares the row table and every live index table with the history, all rows. */
export async function checkEveryPath(world: World, store: Store): Promise<void> {
  const view = store.readView();
  try {
    checkReadPoint(view, world.history.acknowledged);
    const live = store.status(modelTable(store).id).indexTables.filter((index) => index.state === 'live');
    await checkRows(world, store, view);
    for (const { definition } of live) await checkIndex(world, store, view, definition, undefined);
  } finally {
    view.release();
  }
}

/** After the lanes are done, the applied entries alone must be the whole truth. */
export async function checkAppliedEntries(
  world: World,
  store: Store,
  index: IndexTableDefinition,
): Promise<void> {
  const view = store.readView();
  try {
    const rows = await readIndex(store, view, index, undefined, true);
    compare(`applied entries of ${index.name}`, rows, expectedRows(world, view, index, undefined, store));
  } finally {
    view.release();
  }
}

/** A read that begins after an acknowledgement sees that commit. */
export function checkReadPoint(view: ReadView, acknowledged: number): void {
  if (view.sequence < acknowledged)
    throw new Error(`read point ${view.sequence} is before the acknowledged ${acknowledged}`);
}

export async function checkRows(world: World, store: Store, view: ReadView): Promise<void> {
  const path = modelTable(store);
  const rows: ModelRow[] = [];
  const blocks = view.scan({
    path,
    shards: shardsOf(path.sharding.shardCount),
    ranges: [EVERYTHING],
    columns: ALL_COLUMNS,
    reverse: world.random.chance(0.3),
    limit: undefined,
    ordered: world.random.chance(0.5),
    appliedOnly: false,
  });
  for await (const block of blocks) rows.push(...rowsOf(block));
  compare('row table', rows.map(textOf), [...world.history.at(view.sequence).values()].map(textOf));
}

/** Reads an index table, all of it or one value of its first column, and compares with the history. */
export async function checkIndex(
  world: World,
  store: Store,
  view: ReadView,
  index: IndexTableDefinition,
  value: number | string | null | undefined,
): Promise<void> {
  const overlaidBefore = view.counters.tailRowsOverlaid;
  const rows = await readIndex(store, view, index, value, false);
  compare(
    `index table ${index.name} at ${view.sequence}`,
    rows,
    expectedRows(world, view, index, value, store),
  );
  if (view.counters.tailRowsOverlaid > overlaidBefore) world.counts.overlaidReads++;
}

function rangeOf(index: IndexTableDefinition, value: number | string | null): KeyRange {
  const type = typeOf(index.keyColumns[0]!);
  const start = createKeyCodec([type]).encode([columnOf(type, [value])], 0);
  return { start, end: prefixEnd(start) };
}

/** Rows as text: of COVERING from the entries, of KEYS by the second hop. */
async function readIndex(
  store: Store,
  view: ReadView,
  index: IndexTableDefinition,
  value: number | string | null | undefined,
  appliedOnly: boolean,
): Promise<string[]> {
  const table = modelTable(store);
  const columns = entryColumns(index, table);
  const first = columns.indexOf(index.keyColumns[0]!);
  const range = value === undefined ? EVERYTHING : rangeOf(index, value);
  const texts: string[] = [];
  const blocks =
    index.layout === 'COLUMNAR'
      ? readColumnar(store, view, index, value === undefined ? undefined : range, appliedOnly)
      : view.scan({
          path: index,
          shards: shardsOf(index.sharding.shardCount),
          ranges: [range],
          columns,
          reverse: false,
          limit: undefined,
          ordered: false,
          appliedOnly,
        });
  for await (const block of blocks) {
    for (let row = 0; row < block.rowCount; row++) {
      if (value !== undefined && valueAt(block.columns[first]!, row) !== value) continue;
      texts.push(
        columns
          .map(
            (column, i) => `${nameOf(column)}=${valueAt(block.columns[i]!, row) as string | number | null}`,
          )
          .sort()
          .join(),
      );
    }
    if (index.layout === 'KEYS' && !appliedOnly)
      checkSecondHop(store, view, block.columns[columns.indexOf(0)]!);
  }
  return texts;
}

/** Rows of a columnar index table: all in its parts, and of its tail those in the range. */
async function* readColumnar(
  store: Store,
  view: ReadView,
  index: IndexTableDefinition,
  range: KeyRange | undefined,
  appliedOnly: boolean,
): AsyncGenerator<Block> {
  const columns = entryColumns(index, modelTable(store));
  const arena = new Arena();
  const lease = store.readers.lease();
  const held = lease.columns();
  try {
    const shards = shardsOf(index.sharding.shardCount);
    for (const { parts, tail } of await view.parts({
      path: index,
      shards,
      ranges: range && [range],
      columns,
      appliedOnly,
    })) {
      for (const { part, mask } of parts) {
        arena.rewind();
        held.release();
        const granules = { start: 0, end: part.granuleRows.length };
        yield readMorsel({ part, granules, mask }, columns.map(nameOf), held, arena);
      }
      yield* tail;
    }
  } finally {
    arena.release();
    held.release();
    lease.release();
  }
}

function checkSecondHop(store: Store, view: ReadView, ids: Parameters<typeof valueAt>[0]): void {
  const { layout, definition } = store.rowTable(modelTable(store).id);
  const addresses = Array.from({ length: ids.rowCount }, (_, row) =>
    layout.addressOf({ id: valueAt(ids, row) }),
  );
  const found = view.lookup(definition, addresses, ALL_COLUMNS);
  if (found.rowCount !== ids.rowCount)
    throw new Error(`an index entry names a row that is not there at ${view.sequence}`);
}

function expectedRows(
  world: World,
  view: ReadView,
  index: IndexTableDefinition,
  value: number | string | null | undefined,
  store: Store,
): string[] {
  const columns = entryColumns(index, modelTable(store)).map(nameOf);
  const first = nameOf(index.keyColumns[0]!);
  const rows = [...world.history.at(view.sequence).values()].filter(
    (row) => value === undefined || row[first] === value,
  );
  return rows.map((row) =>
    columns
      .map((name) => `${name}=${row[name]}`)
      .sort()
      .join(),
  );
}

const textOf = (row: ModelRow): string => `${row.id},${row.a},${row.b},${row.n}`;

const shardsOf = (count: number): number[] => Array.from({ length: count }, (_, shard) => shard);

function compare(what: string, found: readonly string[], expected: readonly string[]): void {
  const left = [...found].sort().join('\n');
  const right = [...expected].sort().join('\n');
  if (left !== right)
    throw new Error(`${what} differs from the history:\n found: ${left}\n expected: ${right}`);
}
