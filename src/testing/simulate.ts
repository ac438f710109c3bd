// simulate.ts — a whole store with its lanes, clients, stalls and crashes, from one seed in virtual time.
//
// It fails when a read differs from the row table at its read point, when an acknowledged commit is lost, when a
// transaction is seen in part, or when applied entries differ from a fresh build once the lanes are done.

import { createRandom, type Random } from '../base/random.ts';
import { Store, type StoreSettings } from '../engine/store.ts';
import { History } from './history.ts';
import { tableStateKey } from '../log/keyspace.ts';
import { decodeTableState } from '../log/table-state.ts';
import { createModelTable, modelIndexTables, modelTable } from './model-table.ts';
import { createSimulatedKv, type SimulatedKv } from './simulated-kv.ts';
import { runSimulation, type SimulatedProcess, type Simulation } from './simulated-ports.ts';
import { checkAppliedEntries, checkEveryPath } from './simulated-checks.ts';
import { checkNoAlarm, checkNoDrift } from './simulated-drift.ts';
import { runClient } from './simulated-client.ts';

/** What happened, so that a run that tested nothing does not look like success. */
export type SimulationCounts = {
  operations: number;
  crashes: number;
  /** Reads through an index table whose answer the tail changed. */
  overlaidReads: number;
  crossShardTransactions: number;
  /** Times an index table was found behind or invalid by a client. */
  fallbacks: number;
  /** Parts of a run after which some log was gone. */
  trims: number;
};

export function newCounts(): SimulationCounts {
  return { operations: 0, crashes: 0, overlaidReads: 0, crossShardTransactions: 0, fallbacks: 0, trims: 0 };
}

export type World = {
  readonly simulation: Simulation;
  readonly history: History;
  readonly counts: SimulationCounts;
  readonly random: Random;
  /** The store that lives; clients of one that died do nothing more. */
  alive: Store | undefined;
};

const CLIENTS = 4;
const OPERATIONS = 200;

/** Runs one seed: at least 200 operations. Throws, naming the seed, when something is wrong. */
export function simulateSeed(seed: number, counts: SimulationCounts): Promise<void> {
  return runSimulation(seed, async (simulation) => {
    const world: World = {
      simulation,
      history: new History(),
      counts,
      random: simulation.random,
      alive: undefined,
    };
    const settings = drawSettings(world.random);
    let life = await startLife(world, settings, undefined);
    world.alive = life.store;
    // Parts are many files, and files are slow to simulate: they take part in some seeds.
    await createModelTable(life.store, { columnar: world.random.chance(0.35) });
    const end = counts.operations + OPERATIONS;
    while (counts.operations < end) {
      const left = end - counts.operations;
      const operations = world.random.chance(0.7) ? Math.min(left, 10 + world.random.int(80)) : left;
      const crashed = await livePart(world, life.store, operations);
      if (logWasTrimmed(life)) counts.trims++;
      if (crashed) life = await crash(world, settings, life);
    }
    await finish(world, life.store);
  });
}

type Life = { readonly process: SimulatedProcess; readonly kv: SimulatedKv; readonly store: Store };

/** Small bounds, so that tails overflow, lanes fall behind and the log is cut within a few operations. */
function drawSettings(random: Random): StoreSettings {
  return {
    tailMaxChanges: random.pick([4, 12, 40, 1000]),
    tailMaxBytes: 1_000_000,
    tailMaxWriteDelayMs: random.pick([0, 5, 20]),
    logMaxBytes: random.pick([2_000, 100_000, 100_000_000]),
    logTrimBytes: random.pick([1, 500, 5_000]),
    laneBatchChanges: random.pick([1, 3, 16, 256]),
    indexCheckIntervalMs: random.pick([0, 1, 10]),
    columnCacheBytes: random.pick([0, 100_000]),
    partsToDelayInsert: 1000,
    partsToThrowInsert: 3000,
  };
}

async function startLife(
  world: World,
  settings: StoreSettings,
  before: SimulatedKv | undefined,
): Promise<Life> {
  const process = world.simulation.startProcess();
  const options = {
    timers: process.ports.timers,
    random: createRandom(world.random.uint32()),
    maxWriteMs: world.random.pick([0, 1, 6]),
  };
  const kv = before ? before.crash(world.random, options) : createSimulatedKv(options);
  return { process, kv, store: await Store.open({ kv, ports: process.ports, settings, folder: '/store' }) };
}

/** Runs clients until they are done, or until the crash that the seed wants. */
async function livePart(world: World, store: Store, operations: number): Promise<boolean> {
  const share = Math.ceil(operations / CLIENTS);
  const clients = Promise.all(Array.from({ length: CLIENTS }, () => runClient(world, store, share)));
  if (world.random.chance(0.4)) {
    await clients;
    return false;
  }
  const crashAfterMs = world.random.int(60);
  const crashed = world.simulation.ports.timers.sleep(crashAfterMs).then(() => true);
  return Promise.race([crashed, clients.then(() => false)]);
}

function logWasTrimmed({ kv, store }: Life): boolean {
  const { id, sharding } = modelTable(store);
  const state = kv.get(tableStateKey(id));
  return state !== undefined && decodeTableState(state, sharding.shardCount).trimmedTo > 0;
}

async function crash(world: World, settings: StoreSettings, life: Life): Promise<Life> {
  world.counts.crashes++;
  checkNoAlarm(life.store);
  life.process.kill();
  world.alive = undefined;
  const next = await startLife(world, settings, life.kv);
  world.history.recover(next.store.head);
  world.alive = next.store;
  await checkEveryPath(world, next.store);
  await checkNoDrift(next.store, () => world.simulation.ports.timers.yield());
  return next;
}

async function finish(world: World, store: Store): Promise<void> {
  await checkEveryPath(world, store);
  const yieldTurn = (): Promise<void> => world.simulation.ports.timers.yield();
  await checkNoDrift(store, yieldTurn);
  store.startLanes(undefined);
  await store.drain();
  for (const index of modelIndexTables(store)) await checkAppliedEntries(world, store, index);
  await checkNoDrift(store, yieldTurn);
  await store.close();
}
