// world.ts — what all parts of one simulation share.

import { WinnowError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import type { Database } from '../engine/api.ts';
import type { Sequence } from '../log/change.ts';
import type { Accidents } from './accidents.ts';
import type { History } from './history.ts';
import type { ModelTable } from './model.ts';
import type { Simulation } from './simulated-ports.ts';
import type { SimulatedStore } from './simulated-store.ts';
import type { OpenWrites } from './simulated-writes.ts';

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
  /** Reads of an index table without its tail. */
  appliedReads: number;
  /** Such reads that showed less than the row table had. */
  staleReads: number;
  /** Steps on the disk that failed for want of space. */
  fullDisks: number;
  /** Of statements over all row tables. */
  transactions: number;
  /** Such transactions that another one came before. */
  conflicts: number;
  /** Writes that a unique index table refused. */
  duplicates: number;
  /** SELECTs whose answer was compared. */
  queries: number;
  rewinds: number;
  alters: number;
};

export function newCounts(): SimulationCounts {
  return {
    operations: 0,
    crashes: 0,
    overlaidReads: 0,
    crossShardTransactions: 0,
    fallbacks: 0,
    trims: 0,
    appliedReads: 0,
    staleReads: 0,
    fullDisks: 0,
    transactions: 0,
    conflicts: 0,
    duplicates: 0,
    queries: 0,
    rewinds: 0,
    alters: 0,
  };
}

export type World = {
  readonly simulation: Simulation;
  readonly random: Random;
  readonly history: History;
  readonly counts: SimulationCounts;
  readonly tables: readonly ModelTable[];
  readonly disk: SimulatedStore;
  readonly accidents: Accidents;
  /** By index table and shard: no read without the tail shows it as it was before this sequence. */
  readonly floors: Map<string, Sequence>;
  /** The database that lives; clients of one that died do nothing more. */
  alive: Database | undefined;
  /** The transaction of statements that is on its way. */
  open: OpenWrites | undefined;
};

/** Code of a process that was killed may still be on the stack; it must not touch the history. */
export function assertAlive(world: World, database: Database): void {
  if (world.alive !== database) throw new WinnowError('STORE_CLOSED', 'the process of this client is dead');
}
