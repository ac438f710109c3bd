// simulated-client.ts — one client of a simulated store: writes, reads, stalls, rebuilds.

import { WinnowError } from '../base/errors.ts';
import type { Store } from '../engine/store.ts';
import type { ModelRow } from './history.ts';
import { ALL_COLUMNS, blockOf, modelIndexTables, modelTable, rowsOf } from './model-table.ts';
import type { World } from './simulate.ts';
import { checkIndex, checkReadPoint, checkRows } from './simulated-checks.ts';

const IDS = 24;
const A_VALUES = 4;
const B_VALUES = ['', 'x', 'y\0', null] as const;

/** Thrown inside a transaction on purpose. */
class Refused extends Error {}

export async function runClient(world: World, store: Store, operations: number): Promise<void> {
  for (let i = 0; i < operations; i++) {
    assertAlive(world, store);
    world.counts.operations++;
    await oneOperation(world, store);
  }
}

async function oneOperation(world: World, store: Store): Promise<void> {
  const { random } = world;
  const draw = random.int(100);
  if (draw < 45) return writeRows(world, store);
  if (draw < 50) return refuse(world, store);
  if (draw < 82) return readIndexTable(world, store);
  if (draw < 86) return readRowTable(world, store);
  if (draw < 91) return void store.stopLanes(random.pick(modelIndexTables(store)).id);
  if (draw < 97) return void store.startLanes(undefined);
  if (draw < 98) return rebuild(world, store);
  return world.simulation.ports.timers.sleep(random.int(30));
}

/** Puts, deletes and increments of one to six rows in one transaction, each seeing the newest state. */
async function writeRows(world: World, store: Store): Promise<void> {
  const { random, history } = world;
  const table = store.rowTable(modelTable(store).id);
  const ids = [...new Set(Array.from({ length: 1 + random.int(6) }, () => random.int(IDS)))];
  const addresses = ids.map((id) => table.layout.addressOf({ id }));
  const { sequence } = await table.write((transaction) => {
    assertAlive(world, store);
    const before = new Map(
      rowsOf(transaction.read(addresses, ALL_COLUMNS).block).map((row) => [row.id, row]),
    );
    assertNewest(before, ids, history.newest());
    const writes = new Map<number, ModelRow | undefined>();
    for (const id of ids) writes.set(id, drawWrite(world, id, before.get(id)));
    transaction.put(blockOf([...writes.values()].filter((row) => row !== undefined)));
    transaction.delete(addresses.filter((_, i) => writes.get(ids[i]!) === undefined));
    history.attempt(transaction.sequence, writes);
  });
  assertAlive(world, store);
  history.acknowledge(sequence);
  if (new Set(addresses.map((address) => address.shard)).size > 1) world.counts.crossShardTransactions++;
}

/** Code of a process that was killed may still be on the stack; it must not touch the history. */
function assertAlive(world: World, store: Store): void {
  if (world.alive !== store) throw new WinnowError('STORE_CLOSED', 'the process of this client is dead');
}

function drawWrite({ random }: World, id: number, before: ModelRow | undefined): ModelRow | undefined {
  const draw = random.int(10);
  if (draw < 2) return undefined;
  if (draw < 5 && before) return { ...before, n: before.n + 1 };
  return { id, a: random.int(A_VALUES), b: random.pick(B_VALUES), n: random.int(1000) };
}

function assertNewest(
  before: ReadonlyMap<number, ModelRow>,
  ids: readonly number[],
  newest: ReadonlyMap<number, ModelRow>,
): void {
  for (const id of ids) {
    if (JSON.stringify(before.get(id)) !== JSON.stringify(newest.get(id))) {
      throw new Error(
        `a transaction saw an old row ${id}: ${JSON.stringify(before.get(id))}, not ${JSON.stringify(newest.get(id))}`,
      );
    }
  }
}

/** A transaction that writes and then fails leaves nothing. */
async function refuse(world: World, store: Store): Promise<void> {
  const refused = store.rowTable(modelTable(store).id).write((transaction) => {
    transaction.put(blockOf([{ id: world.random.int(IDS), a: 99, b: 'never', n: -1 }]));
    throw new Refused();
  });
  await refused.catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
  });
}

async function readIndexTable(world: World, store: Store): Promise<void> {
  const { random, history } = world;
  const acknowledged = history.acknowledged;
  const index = random.pick(modelIndexTables(store));
  const status = store
    .status(modelTable(store).id)
    .indexTables.find((each) => each.definition.id === index.id);
  if (status?.state !== 'live') {
    world.counts.fallbacks++;
    return readRowTable(world, store);
  }
  const view = store.readView();
  try {
    checkReadPoint(view, acknowledged);
    if (random.chance(0.4)) await world.simulation.ports.timers.sleep(random.int(12));
    const values = index.keyColumns[0] === 1 ? [0, 1, 2, 3] : B_VALUES;
    await checkIndex(
      world,
      store,
      view,
      index,
      random.chance(0.7) ? random.pick<number | string | null>(values) : undefined,
    );
  } finally {
    view.release();
  }
}

async function readRowTable(world: World, store: Store): Promise<void> {
  const view = store.readView();
  try {
    await checkRows(world, store, view);
  } finally {
    view.release();
  }
}

/** Waits for the build; lanes may be stopped meanwhile, and then it is left. */
async function rebuild(world: World, store: Store): Promise<void> {
  try {
    await store.rebuild(world.random.pick(modelIndexTables(store)).id);
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
  }
}
