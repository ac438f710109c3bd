// simulated-checks.ts — reading through every access path and comparing with the history at the read point.

import type { ReadView } from '../catalog/access.ts';
import type { Store } from '../engine/store.ts';
import { checkApplied } from './applied-checks.ts';
import { allColumns, columnNames, entryOf, linesOf, type Entry, type ModelIndex } from './model.ts';
import type { World } from './simulate.ts';
import {
  indexTableNamed,
  momentOf,
  readEntries,
  readRows,
  rowTableNamed,
  shardsOf,
  type KeyValue,
} from './simulated-reads.ts';

/** Compares the row table and every live index table with the history, all rows. */
export async function checkEveryPath(world: World, store: Store): Promise<void> {
  const view = store.readView();
  try {
    checkReadPoint(view, world.history.acknowledged);
    const live = world.table.indexes.filter((index) => momentOf(store, view, index).state === 'live');
    await checkRows(world, store, view);
    for (const index of live) await checkIndex(world, store, view, index, undefined);
  } finally {
    view.release();
  }
}

/** After the lanes are done, the applied entries alone must be the whole truth. */
export async function checkSettled(world: World, store: Store): Promise<void> {
  const view = store.readView();
  try {
    for (const index of world.table.indexes) {
      const shards = shardsOf(indexTableNamed(store, index.name).sharding.shardCount);
      const found = await readEntries(store, view, { index, shards, appliedOnly: true });
      compare(`applied entries of ${index.name}`, found, expectedEntries(world, view, index));
      await checkApplied(world, store, view, index);
    }
  } finally {
    view.release();
  }
}

/** A read that begins after an acknowledgement sees that commit. */
export function checkReadPoint(view: ReadView, acknowledged: number): void {
  if (view.sequence < acknowledged)
    throw new Error(`read point ${view.sequence} is before the acknowledged ${acknowledged}`);
}

export async function checkRows(
  { random, history, table }: World,
  store: Store,
  view: ReadView,
): Promise<void> {
  const order = { reverse: random.chance(0.3), ordered: random.chance(0.5) };
  const found = await readRows(view, rowTableNamed(store, table.name), order);
  const textOf = (row: Parameters<typeof entryOf>[0]): Entry => entryOf(row, columnNames);
  compare(`row table ${table.name}`, found.map(textOf), history.at(table.name, view.sequence).map(textOf));
}

/** Reads an index table, all of it or one value of its first column, and compares with the history. */
export async function checkIndex(
  world: World,
  store: Store,
  view: ReadView,
  index: ModelIndex,
  value: KeyValue | undefined,
): Promise<void> {
  const shards = shardsOf(indexTableNamed(store, index.name).sharding.shardCount);
  const overlaidBefore = view.counters.tailRowsOverlaid;
  const found = await readEntries(store, view, { index, shards, value, appliedOnly: false });
  compare(`index table ${index.name} at ${view.sequence}`, found, expectedEntries(world, view, index, value));
  if (index.layout === 'KEYS') checkSecondHop(world, store, view, found);
  if (view.counters.tailRowsOverlaid > overlaidBefore) world.counts.overlaidReads++;
}

function checkSecondHop({ table }: World, store: Store, view: ReadView, entries: readonly Entry[]): void {
  const { layout, definition } = store.rowTable(rowTableNamed(store, table.name).id);
  const addresses = entries.map(({ id }) => layout.addressOf({ id }));
  const found = view.lookup(definition, addresses, allColumns);
  if (found.rowCount !== entries.length)
    throw new Error(`an index entry names a row that is not there at ${view.sequence}`);
}

function expectedEntries(
  { history, table }: World,
  view: ReadView,
  index: ModelIndex,
  value?: KeyValue,
): Entry[] {
  const rows = history.at(table.name, view.sequence);
  const wanted = value === undefined ? rows : rows.filter((row) => row[index.key[0]!] === value);
  return wanted.map((row) => entryOf(row, index.columns));
}

function compare(what: string, found: readonly Entry[], expected: readonly Entry[]): void {
  const left = linesOf(found);
  const right = linesOf(expected);
  if (left !== right)
    throw new Error(`${what} differs from the history:\n found: ${left}\n expected: ${right}`);
}
