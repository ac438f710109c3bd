// applied-checks.ts — what a read of an index table without its tail may show.
//
// Each target shard shows its entries as they were at one sequence, between the position that was known when the view was
// opened and the one that the store held then; a later read never shows an earlier state of a shard. The shards of one read
// may be at different sequences, yet a row that had an entry at all of them is there at least once.

import { must } from '../base/assert.ts';
import type { ReadView } from '../catalog/access.ts';
import type { Store } from '../engine/store.ts';
import type { Sequence } from '../log/change.ts';
import { positionKey, readSequence } from '../log/keyspace.ts';
import { Sharder } from '../rows/sharding.ts';
import type { ModelRow } from './history.ts';
import { columnNames, columnsOf, entryOf, linesOf, typeOf, type Entry, type ModelIndex } from './model.ts';
import type { World } from './simulate.ts';
import { indexTableNamed, momentOf, readEntries } from './simulated-reads.ts';

/** The sequences at which a shard may be, of which one must explain what it shows. */
type Window = { readonly low: Sequence; readonly high: Sequence };

/** Reads an index table that is live or behind, shard by shard from a view that was opened in this turn. */
export async function checkApplied(
  world: World,
  store: Store,
  view: ReadView,
  index: ModelIndex,
): Promise<void> {
  const windows = windowsOf(world, store, view, index);
  const shown: Entry[] = [];
  for (const [shard, window] of windows.entries()) {
    const request = { index, shards: [shard], appliedOnly: true };
    const entries = await readEntries(store, view, request);
    shown.push(...entries);
    checkShard(world, store, { index, shard, window, entries });
  }
  checkNoneMissing(world, index, windows, new Set(shown.map(({ id }) => id)));
  world.counts.appliedReads++;
  const newest = world.history.at(world.table.name, view.sequence);
  if (linesOf(shown) !== linesOf(newest.map((row) => entryOf(row, index.columns)))) world.counts.staleReads++;
}

function windowsOf({ disk, floors }: World, store: Store, view: ReadView, index: ModelIndex): Window[] {
  const { id } = indexTableNamed(store, index.name);
  return momentOf(store, view, index).positions.map((position, shard) => {
    const stored = must(disk.kv.get(positionKey(id, shard)), 'a built index table has positions');
    const low = Math.max(position, floors.get(`${index.name}/${shard}`) ?? 0);
    return { low, high: Math.max(low, readSequence(stored, 0)) };
  });
}

type Shown = {
  readonly index: ModelIndex;
  readonly shard: number;
  readonly window: Window;
  readonly entries: readonly Entry[];
};

function checkShard({ history, table, floors }: World, store: Store, shown: Shown): void {
  const { index, shard, window, entries } = shown;
  const place = `${index.name}/${shard}`;
  const found = linesOf(entries);
  const shardOf = sharderOf(store, index);
  const showsAt = (sequence: Sequence): boolean => {
    const rows = history.at(table.name, sequence).filter((row) => shardOf(row) === shard);
    return linesOf(rows.map((row) => entryOf(row, index.columns))) === found;
  };
  const sequence = [window.low, ...history.between(window.low, window.high)].find(showsAt);
  if (sequence === undefined)
    throw new Error(
      `applied entries of ${place} never were like that from ${window.low} to ${window.high}:\n${found}`,
    );
  floors.set(place, Math.max(sequence, floors.get(place) ?? 0));
}

function sharderOf(store: Store, index: ModelIndex): (row: ModelRow) => number {
  const { sharding } = indexTableNamed(store, index.name);
  const names = sharding.columns.map((column) => columnNames[column]!);
  const sharder = new Sharder(sharding, names.map(typeOf));
  return (row) => sharder.shardOf(columnsOf([row], names), 0);
}

function checkNoneMissing(
  { history, table }: World,
  index: ModelIndex,
  windows: readonly Window[],
  shown: ReadonlySet<number>,
): void {
  const low = Math.min(...windows.map((window) => window.low));
  const high = Math.max(...windows.map((window) => window.high));
  const idsAt = (sequence: Sequence): number[] => history.at(table.name, sequence).map(({ id }) => id);
  const missing = idsAt(low).filter((id) => !shown.has(id));
  const everMissing = missing.filter((id) =>
    history.between(low, high).every((sequence) => idsAt(sequence).includes(id)),
  );
  if (everMissing.length > 0)
    throw new Error(
      `rows ${everMissing.join()} have entries from ${low} to ${high}, and ${index.name} shows none of them`,
    );
}
