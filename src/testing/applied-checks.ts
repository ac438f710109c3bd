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
import { columnsOf, entryOf, linesOf, typeOf, type Entry } from './model.ts';
import type { World } from './world.ts';
import { readEntries, type OpenIndex } from './simulated-reads.ts';

/** The sequences at which a shard may be, of which one must explain what it shows. */
type Window = { readonly low: Sequence; readonly high: Sequence };

/** Reads an index table that is live or behind, shard by shard, from a view that was opened in this turn. */
export async function checkApplied(
  world: World,
  store: Store,
  view: ReadView,
  open: OpenIndex,
): Promise<void> {
  const windows = windowsOf(world, open);
  const shardOf = sharderOf(open);
  const shown: Entry[] = [];
  for (const [shard, window] of windows.entries()) {
    const entries = await readEntries(store, view, open, { shards: [shard], appliedOnly: true });
    shown.push(...entries);
    checkShard(world, open, shardOf, { shard, window, entries });
  }
  checkNoneMissing(world, open, windows, new Set(shown.map(({ id }) => id)));
  world.counts.appliedReads++;
  const newest = rowsWithEntry(world, open, view.sequence);
  if (linesOf(shown) !== linesOf(newest.map((row) => entryOf(row, open.names)))) world.counts.staleReads++;
}

const rowsWithEntry = ({ history }: World, { index }: OpenIndex, sequence: Sequence): ModelRow[] =>
  history.at(index.table, sequence).filter(index.holds);

/** Entries under another id are those of another index table, with shards of its own. */
const placeOf = ({ path }: OpenIndex, shard: number): string => `${path.id}/${shard}`;

function windowsOf({ disk, floors }: World, open: OpenIndex): Window[] {
  return open.moment.positions.map((position, shard) => {
    const stored = must(disk.kv.get(positionKey(open.path.id, shard)), 'a built index table has positions');
    const low = Math.max(position, floors.get(placeOf(open, shard)) ?? 0);
    return { low, high: Math.max(low, readSequence(stored, 0)) };
  });
}

type Shown = { readonly shard: number; readonly window: Window; readonly entries: readonly Entry[] };

function checkShard(
  world: World,
  open: OpenIndex,
  shardOf: (row: ModelRow) => number,
  { shard, window, entries }: Shown,
): void {
  const { history, floors } = world;
  const place = placeOf(open, shard);
  const found = linesOf(entries);
  const showsAt = (sequence: Sequence): boolean => {
    const rows = rowsWithEntry(world, open, sequence).filter((row) => shardOf(row) === shard);
    return linesOf(rows.map((row) => entryOf(row, open.names))) === found;
  };
  const sequence = [window.low, ...history.between(window.low, window.high)].find(showsAt);
  if (sequence === undefined) {
    throw new Error(
      `applied entries of ${open.index.name}, shard ${shard}, never were like that from ${window.low} to ${window.high}:\n${found}`,
    );
  }
  floors.set(place, Math.max(sequence, floors.get(place) ?? 0));
}

function sharderOf({ path, columns, names }: OpenIndex): (row: ModelRow) => number {
  const shardNames = path.sharding.columns.map((column) => names[columns.indexOf(column)]!);
  const sharder = new Sharder(path.sharding, shardNames.map(typeOf));
  return (row) => sharder.shardOf(columnsOf([row], shardNames), 0);
}

function checkNoneMissing(
  world: World,
  open: OpenIndex,
  windows: readonly Window[],
  shown: ReadonlySet<number>,
): void {
  const low = Math.min(...windows.map((window) => window.low));
  const high = Math.max(...windows.map((window) => window.high));
  const idsAt = (sequence: Sequence): number[] => rowsWithEntry(world, open, sequence).map(({ id }) => id);
  const missing = idsAt(low).filter((id) => !shown.has(id));
  const everMissing = missing.filter((id) =>
    world.history.between(low, high).every((sequence) => idsAt(sequence).includes(id)),
  );
  if (everMissing.length > 0) {
    throw new Error(
      `rows ${everMissing.join()} have entries from ${low} to ${high}, and ${open.index.name} shows none of them`,
    );
  }
}
