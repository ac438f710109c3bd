// simulated-client.ts — one client of a simulated store: what it does next, as the seed decides.

import { WinnowError } from '../base/errors.ts';
import type { Database } from '../engine/api.ts';
import { engineOf } from '../engine/database.ts';
import type { Store } from '../engine/store.ts';
import { checkApplied } from './applied-checks.ts';
import { aValues, bValues, drawLayout, type KeyValue, type ModelIndex } from './model.ts';
import { assertAlive, type World } from './world.ts';
import { checkIndex, checkReadPoint, checkRows, isTooLate } from './simulated-checks.ts';
import { checkQuery } from './simulated-queries.ts';
import { openIndex, type OpenIndex } from './simulated-reads.ts';
import { refuse, transact, writeRows } from './simulated-writes.ts';

export async function runClient(world: World, database: Database, operations: number): Promise<void> {
  for (let i = 0; i < operations; i++) {
    assertAlive(world, database);
    world.counts.operations++;
    await oneOperation(world, database);
  }
}

async function oneOperation(world: World, database: Database): Promise<void> {
  const { random, tables } = world;
  const { store } = engineOf(database);
  const index = random.pick(tables.flatMap((table) => table.indexes));
  const draw = random.int(100);
  if (draw < 36) return writeRows(world, database);
  if (draw < 46) return transact(world, database);
  if (draw < 49) return refuse(world, store);
  if (draw < 76) return readIndexTable(world, store, index);
  if (draw < 81) return checkQuery(world, database, index);
  if (draw < 84) return readRowTable(world, store);
  if (draw < 89) return void store.stopLanes(idOf(store, index));
  if (draw < 95) return void store.startLanes(undefined);
  if (draw < 96) return unlessTooLate(() => store.rebuild(idOf(store, index)));
  if (draw < 97) return rewind(world, store, index);
  if (draw < 98) return alter(world, database, index);
  return world.simulation.ports.timers.sleep(random.int(30));
}

const idOf = (store: Store, { name }: ModelIndex): number => store.find('default', name)!.id;

async function readIndexTable(world: World, store: Store, index: ModelIndex): Promise<void> {
  const { random, history } = world;
  const { acknowledged } = history;
  const view = store.readView();
  try {
    checkReadPoint(view, acknowledged);
    const open = openIndex(store, view, index);
    const { state } = open.moment;
    if (random.chance(0.3) && mayReadApplied(open)) return await checkApplied(world, store, view, open);
    if (random.chance(0.4)) await world.simulation.ports.timers.sleep(random.int(12));
    if (state === 'live') {
      const value = random.chance(0.7) ? drawValue(world, open) : undefined;
      return await unlessTooLate(() => checkIndex(world, store, view, open, value));
    }
    world.counts.fallbacks++;
    for (const table of world.tables) await checkRows(world, store, view, table);
  } finally {
    view.release();
  }
}

function mayReadApplied({ moment: { state, isReplaying } }: OpenIndex): boolean {
  return (state === 'live' || state === 'behind') && !isReplaying;
}

/** A value of the first column of the key. */
function drawValue({ random, history }: World, { index, names }: OpenIndex): KeyValue {
  if (names[0] === 'a') return random.pick(aValues);
  if (names[0] === 'b') return random.pick(bValues);
  if (names[0] === 'odd') return random.int(2);
  return history.newest(index.table, random.int(24))?.n ?? 0;
}

async function readRowTable(world: World, store: Store): Promise<void> {
  const view = store.readView();
  try {
    await checkRows(world, store, view, world.random.pick(world.tables));
  } finally {
    view.release();
  }
}

/** Lanes get what they have applied once more. */
async function rewind(world: World, store: Store, index: ModelIndex): Promise<void> {
  await unlessTooLate(() => store.rewindLanes(idOf(store, index), undefined));
  world.counts.rewinds++;
}

async function alter(world: World, database: Database, index: ModelIndex): Promise<void> {
  const { random } = world;
  const change = random.pick([
    `SETTING lanes = ${1 + random.int(2)}`,
    `SHARDS ${1 + random.int(4)}`,
    `LAYOUT ${drawLayout(random)}`,
  ]);
  await unlessTooLate(async () => {
    await database.query(`ALTER INDEX TABLE ${index.name} MODIFY ${change}`);
    world.counts.alters++;
  });
}

/** Does nothing when the index table cannot do it now: it is built, altered, has no shards, too many lanes … */
async function unlessTooLate(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isExpected =
      isTooLate(error) ||
      (error instanceof WinnowError &&
        ['UNKNOWN_TABLE', 'BAD_ARGUMENTS', 'ARGUMENT_OUT_OF_BOUND'].includes(error.code));
    if (!isExpected) throw error;
  }
}
