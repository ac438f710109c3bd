// simulated-checks.ts — reading through every access path and comparing with the history at the read point.

import { WinnowError } from '../base/errors.ts';
import type { ReadView } from '../catalog/access.ts';
import type { Store } from '../engine/store.ts';
import { checkApplied } from './applied-checks.ts';
import {
  allColumns,
  entryOf,
  firstValueOf,
  linesOf,
  type Entry,
  type KeyValue,
  type ModelTable,
} from './model.ts';
import type { World } from './world.ts';
import { openIndex, readEntries, readRows, rowTableNamed, type OpenIndex } from './simulated-reads.ts';

/** Compares the row tables and every live index table with the history, all rows, at one read point. */
export async function checkEveryPath(world: World, store: Store): Promise<void> {
  const view = store.readView();
  try {
    checkReadPoint(view, world.history.acknowledged);
    const indexes = world.tables.flatMap((table) =>
      table.indexes.map((index) => openIndex(store, view, index)),
    );
    for (const table of world.tables) await checkRows(world, store, view, table);
    for (const open of indexes) if (open.moment.state === 'live') await checkIndex(world, store, view, open);
  } finally {
    view.release();
  }
}

/** After the lanes are done, the applied entries alone must be the whole truth. */
export async function checkSettled(world: World, store: Store): Promise<void> {
  for (const index of world.tables.flatMap((table) => table.indexes)) {
    const view = store.readView();
    try {
      const open = openIndex(store, view, index);
      await checkApplied(world, store, view, open);
      const found = await readEntries(store, view, open, { appliedOnly: true });
      compare(`applied entries of ${index.name}`, found, expectedEntries(world, view, open));
    } finally {
      view.release();
    }
  }
}

/** A read that begins after an acknowledgement sees that commit. */
export function checkReadPoint(view: ReadView, acknowledged: number): void {
  if (view.sequence < acknowledged)
    throw new Error(`read point ${view.sequence} is before the acknowledged ${acknowledged}`);
}

export async function checkRows(
  { random, history }: World,
  store: Store,
  view: ReadView,
  { name }: ModelTable,
): Promise<void> {
  const order = { reverse: random.chance(0.3), ordered: random.chance(0.5) };
  const found = await readRows(view, rowTableNamed(store, name), order);
  const expected = history.at(name, view.sequence);
  compare(
    `row table ${name}`,
    found.map((row) => entryOf(row)),
    expected.map((row) => entryOf(row)),
  );
}

/** Reads an index table, all of it or one value of its first column, and compares with the history. */
export async function checkIndex(
  world: World,
  store: Store,
  view: ReadView,
  open: OpenIndex,
  value?: KeyValue,
): Promise<void> {
  const overlaidBefore = view.counters.tailRowsOverlaid;
  const found = await readEntries(store, view, open, { value, appliedOnly: false });
  compare(
    `index table ${open.index.name} at ${view.sequence}`,
    found,
    expectedEntries(world, view, open, value),
  );
  if (open.path.layout === 'KEYS') checkSecondHop(store, view, open, found);
  if (view.counters.tailRowsOverlaid > overlaidBefore) world.counts.overlaidReads++;
}

/** The index table was altered, or fell behind, after its state was looked up. */
export const isTooLate = (error: unknown): boolean =>
  error instanceof WinnowError && error.code === 'INDEX_NOT_USABLE';

function checkSecondHop(store: Store, view: ReadView, { path }: OpenIndex, entries: readonly Entry[]): void {
  const { layout, definition } = store.rowTable(path.rowTableId);
  const addresses = entries.map(({ id }) => layout.addressOf({ id }));
  const found = view.lookup(definition, addresses, allColumns);
  if (found.rowCount !== entries.length)
    throw new Error(`an index entry names a row that is not there at ${view.sequence}`);
}

function expectedEntries(
  { history }: World,
  view: ReadView,
  { index, names }: OpenIndex,
  value?: KeyValue,
): Entry[] {
  const rows = history.at(index.table, view.sequence).filter(index.holds);
  const wanted = value === undefined ? rows : rows.filter((row) => firstValueOf(row, names) === value);
  return wanted.map((row) => entryOf(row, names));
}

export function compare(what: string, found: readonly Entry[], expected: readonly Entry[]): void {
  const left = linesOf(found);
  const right = linesOf(expected);
  if (left !== right)
    throw new Error(`${what} differs from the history:\n found: ${left}\n expected: ${right}`);
}
