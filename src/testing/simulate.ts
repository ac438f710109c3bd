// simulate.ts — a whole store with its lanes, clients and accidents, from one seed in virtual time.
//
// It fails when a read differs from the row table at its read point, when a read without the tail shows what never was, when
// an acknowledged commit is lost, when a transaction is seen in part, or when applied entries differ from the rows once the
// lanes are done.

import { must } from '../base/assert.ts';
import type { Random } from '../base/random.ts';
import { engineOf } from '../engine/database.ts';
import type { Database } from '../engine/api.ts';
import type { SettingInputs } from '../engine/settings.ts';
import { tableStateKey } from '../log/keyspace.ts';
import { decodeTableState } from '../log/table-state.ts';
import { Accidents } from './accidents.ts';
import { History } from './history.ts';
import { drawTable } from './model.ts';
import { runSimulation } from './simulated-ports.ts';
import type { RowTableDefinition } from '../rows/definition.ts';
import { checkEveryPath, checkSettled } from './simulated-checks.ts';
import { checkNoAlarm, checkNoDrift } from './simulated-drift.ts';
import { rowTableNamed } from './simulated-reads.ts';
import { runClient } from './simulated-client.ts';
import { noteLogRecord } from './simulated-writes.ts';
import type { SimulationCounts, World } from './world.ts';
import { SimulatedStore, type DiskChange, type DiskFault } from './simulated-store.ts';

const CLIENTS = 4;
const OPERATIONS = 200;

/**
 * Runs one seed: at least 200 operations. Throws, naming the seed, when something is wrong. `fixed`: settings that the seed
 * does not draw.
 */
export function simulateSeed(
  seed: number,
  counts: SimulationCounts,
  fixed: SettingInputs = {},
): Promise<void> {
  return runSimulation(seed, async (simulation) => {
    const { random } = simulation;
    const settings = { ...drawSettings(random), ...fixed };
    const world: World = {
      simulation,
      random,
      history: new History(),
      counts,
      tables: [drawTable(random, 'left', 2), drawTable(random, 'right', 1)],
      disk: new SimulatedStore(simulation),
      accidents: new Accidents(),
      floors: new Map(),
      alive: undefined,
      open: undefined,
    };
    const database = await startLife(world, settings);
    for (const { sql, indexes } of world.tables)
      for (const statement of [sql, ...indexes.map((index) => index.sql)]) await database.query(statement);
    const end = counts.operations + OPERATIONS;
    while (counts.operations < end) {
      const left = end - counts.operations;
      const survived = await livePart(world, random.chance(0.7) ? Math.min(left, 10 + random.int(80)) : left);
      if (!survived) await restart(world, settings);
    }
    await finish(world);
  });
}

/** Small bounds, so that tails overflow, lanes fall behind and the log is cut within a few operations. */
function drawSettings(random: Random): SettingInputs {
  return {
    tail_max_changes: random.pick([4, 12, 40, 1000]),
    tail_max_write_delay_ms: random.pick([0, 5, 20]),
    log_max_bytes: random.pick([2_000, 100_000, 100_000_000]),
    log_trim_bytes: random.pick([1, 500, 5_000]),
    lane_batch_changes: random.pick([1, 3, 16, 256]),
    uncompressed_cache_size: random.pick([0, 100_000]),
    index_check_interval_ms: random.pick([0, 3, 20]),
  };
}

/** Opens the store, again when the power goes during that. */
async function startLife(world: World, settings: SettingInputs): Promise<Database> {
  const { disk, accidents, random, counts } = world;
  for (;;) {
    const opening = disk.open({
      settings,
      maxDiskMs: random.pick([0, 1, 6, 20]),
      faults: (change) => strike(world, change),
      onPut: (key) => noteLogRecord(world, key),
    });
    const database = await Promise.race([opening, disk.crashed.then(() => undefined)]);
    accidents.end();
    if (database) {
      world.alive = database;
      return database;
    }
    counts.crashes++;
  }
}

function strike(world: World, change: DiskChange): DiskFault | undefined {
  const fault = world.accidents.strike(change);
  if (fault === 'crash') world.alive = undefined;
  if (fault === 'full') world.counts.fullDisks++;
  return fault;
}

/** Runs clients until they are done, or until the accident that the seed wants; false when the store is gone. */
async function livePart(world: World, operations: number): Promise<boolean> {
  const { random, accidents, disk, counts } = world;
  const database = must(world.alive, 'a database lives');
  const { store } = engineOf(database);
  const share = Math.ceil(operations / CLIENTS);
  const definitions = world.tables.map(({ name }) => rowTableNamed(store, name));
  accidents.plan(random);
  const clients = Promise.all(Array.from({ length: CLIENTS }, () => runClient(world, database, share)));
  const ended = clients.then(
    () => true,
    (error: unknown) => {
      if (world.alive === database && !accidents.storeFailed) throw error;
      return false;
    },
  );
  const unhurt = await Promise.race([ended, disk.crashed.then(() => false), powerCut(world)]);
  const survived = unhurt && !accidents.storeFailed;
  accidents.end();
  if (survived) checkNoAlarm(store);
  if (survived && definitions.some((table) => logWasTrimmed(world, table))) counts.trims++;
  return survived;
}

/** Some time passes, and the store is opened again, whatever it does then. */
async function powerCut({ random, simulation }: World): Promise<boolean> {
  const cutMs = random.chance(0.4) ? random.int(random.pick([60, 600, 3000])) : undefined;
  if (cutMs === undefined) await new Promise<never>(() => undefined);
  else await simulation.ports.timers.sleep(cutMs);
  return false;
}

function logWasTrimmed({ disk }: World, { id, sharding }: RowTableDefinition): boolean {
  const state = disk.kv.get(tableStateKey(id));
  return state !== undefined && decodeTableState(state, sharding.shardCount).trimmedTo > 0;
}

async function restart(world: World, settings: SettingInputs): Promise<void> {
  const yieldTurn = () => world.simulation.ports.timers.yield();
  world.alive = undefined;
  world.open = undefined;
  world.counts.crashes++;
  world.accidents.planOpening(world.random);
  const { store } = engineOf(await startLife(world, settings));
  world.history.recover(store.head);
  await checkEveryPath(world, store);
  if (world.random.chance(0.5)) await checkNoDrift(store, yieldTurn);
}

async function finish(world: World): Promise<void> {
  const yieldTurn = () => world.simulation.ports.timers.yield();
  const { store } = engineOf(must(world.alive, 'a database lives'));
  await checkEveryPath(world, store);
  store.startLanes(undefined);
  await store.drain();
  await checkSettled(world, store);
  await checkNoDrift(store, yieldTurn);
  await store.close();
}
