// simulated-client.ts — one client of a simulated store: writes, reads, stalls, rebuilds.

import { WinnowError } from '../base/errors.ts';
import type { Store } from '../engine/store.ts';
import { checkApplied } from './applied-checks.ts';
import type { ModelRow } from './history.ts';
import { allColumns, aValues, blockOf, bValues, rowsOf, type ModelIndex } from './model.ts';
import type { World } from './simulate.ts';
import { checkIndex, checkReadPoint, checkRows } from './simulated-checks.ts';
import { indexTableNamed, momentOf, rowTableNamed, type KeyValue } from './simulated-reads.ts';

const IDS = 24;

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
  const { random, table } = world;
  const draw = random.int(100);
  if (draw < 45) return writeRows(world, store);
  if (draw < 50) return refuse(world, store);
  if (draw < 82) return readIndexTable(world, store);
  if (draw < 86) return readRowTable(world, store);
  if (draw < 91) return void store.stopLanes(indexTableNamed(store, random.pick(table.indexes).name).id);
  if (draw < 97) return void store.startLanes(undefined);
  if (draw < 98) return rebuild(world, store);
  return world.simulation.ports.timers.sleep(random.int(30));
}

/** Puts, deletes and increments of one to six rows in one transaction, each seeing the newest state. */
async function writeRows(world: World, store: Store): Promise<void> {
  const { random, history } = world;
  const table = store.rowTable(rowTableNamed(store, world.table.name).id);
  const ids = [...new Set(Array.from({ length: 1 + random.int(6) }, () => random.int(IDS)))];
  const addresses = ids.map((id) => table.layout.addressOf({ id }));
  const { sequence } = await table.write((transaction) => {
    assertAlive(world, store);
    const before = new Map(rowsOf(transaction.read(addresses, allColumns).block).map((row) => [row.id, row]));
    for (const id of ids) assertNewest(before.get(id), history.newest(world.table.name, id));
    const writes = new Map<number, ModelRow | undefined>();
    for (const id of ids) writes.set(id, drawWrite(world, id, before.get(id)));
    transaction.put(blockOf([...writes.values()].filter((row) => row !== undefined)));
    transaction.delete(addresses.filter((_, i) => writes.get(ids[i]!) === undefined));
    history.attempt(transaction.sequence, new Map([[world.table.name, writes]]));
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
  if (draw < 7 && before) return { ...before, b: random.pick(bValues), n: random.int(1000) };
  return { id, a: random.pick(aValues), b: random.pick(bValues), n: random.int(1000) };
}

function assertNewest(found: ModelRow | undefined, newest: ModelRow | undefined): void {
  const [seen, written] = [JSON.stringify(found), JSON.stringify(newest)];
  if (seen !== written) throw new Error(`a transaction saw the old row ${seen}, not ${written}`);
}

/** A transaction that writes and then fails leaves nothing. */
async function refuse(world: World, store: Store): Promise<void> {
  const refused = store.rowTable(rowTableNamed(store, world.table.name).id).write((transaction) => {
    transaction.put(blockOf([{ id: world.random.int(IDS), a: 99, b: 'never', n: -1 }]));
    throw new Refused();
  });
  await refused.catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
  });
}

async function readIndexTable(world: World, store: Store): Promise<void> {
  const { random, history } = world;
  const { acknowledged } = history;
  const index = random.pick(world.table.indexes);
  const view = store.readView();
  try {
    const { state } = momentOf(store, view, index);
    checkReadPoint(view, acknowledged);
    if ((state === 'live' || state === 'behind') && random.chance(0.3))
      return await checkApplied(world, store, view, index);
    if (random.chance(0.4)) await world.simulation.ports.timers.sleep(random.int(12));
    if (state === 'live')
      return await checkIndex(
        world,
        store,
        view,
        index,
        random.chance(0.7) ? drawValue(world, index) : undefined,
      );
    world.counts.fallbacks++;
    await checkRows(world, store, view);
  } finally {
    view.release();
  }
}

/** A value of the first column of the key. */
function drawValue({ random, history, table }: World, { key }: ModelIndex): KeyValue {
  if (key[0] === 'a') return random.pick(aValues);
  if (key[0] === 'b') return random.pick(bValues);
  return history.newest(table.name, random.int(IDS))?.n ?? 0;
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
    await store.rebuild(indexTableNamed(store, world.random.pick(world.table.indexes).name).id);
  } catch (error) {
    if (!(error instanceof WinnowError)) throw error;
  }
}
