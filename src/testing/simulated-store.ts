// simulated-store.ts — one database in simulated time: opened, cut off from power at any step, and opened again.

import type { Database } from '../engine/api.ts';
import { openDatabase } from '../engine/open.ts';
import type { SettingInputs } from '../engine/settings.ts';
import type { FileChange } from './simulated-files.ts';
import { createSimulatedKv, type SimulatedKv } from './simulated-kv.ts';
import { simulatedLogThreads } from './simulated-log-threads.ts';
import type { SimulatedProcess, Simulation } from './simulated-ports.ts';

/** A step that changes the disk: a batch of the row store, or a step on a file of a part. */
export type DiskChange = { readonly kind: 'commit' } | FileChange;

/** `full`: the step fails for want of space. `crash`: the power goes before it is done. */
export type DiskFault = 'full' | 'crash';

export type SimulatedOpenOptions = {
  /** As of `open()`. */
  readonly settings?: SettingInputs | undefined;
  /** Every step on the disk takes up to so many milliseconds of simulated time; default 4. */
  readonly maxDiskMs?: number | undefined;
  /** Sees every key that the running process puts into a batch of the row store, before it is written. */
  readonly onPut?: ((key: Uint8Array) => void) | undefined;
  /** Asked before each step that changes the disk. */
  readonly faults?: ((change: DiskChange) => DiskFault | undefined) | undefined;
};

/** A database and the disk it lives on. The disk outlives every process that opens the database. */
export class SimulatedStore {
  readonly #simulation: Simulation;
  #kv: SimulatedKv = createSimulatedKv();
  #process: SimulatedProcess | undefined;
  #onCrash: () => void = () => undefined;
  #crashed: Promise<void> = Promise.resolve();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  /** Starts a process that opens the database; the one before it, if it still runs, loses its power first. */
  async open(options: SimulatedOpenOptions = {}): Promise<Database> {
    this.crash();
    const { settings = {}, maxDiskMs = 4, faults, onPut } = options;
    const { random } = this.#simulation;
    const faultOf = (change: DiskChange): string | undefined => {
      const fault = faults?.(change);
      if (fault === 'crash') this.crash();
      return fault === 'full' ? 'ENOSPC' : undefined;
    };
    const process = this.#simulation.startProcess({ maxFileMs: maxDiskMs, failFile: faultOf });
    const kvOptions = {
      timers: process.ports.timers,
      random: random.fork(),
      maxWriteMs: maxDiskMs,
      onPut: onPut && ((key: Uint8Array) => (this.#process === process ? onPut(key) : undefined)),
      failWrite: () => faultOf({ kind: 'commit' }),
    };
    this.#process = process;
    this.#crashed = new Promise((resolve) => (this.#onCrash = resolve));
    this.#kv = this.#kv.reopen(kvOptions);
    const logThreads = simulatedLogThreads(this.#kv, random.fork());
    return openDatabase({ kv: this.#kv, ports: process.ports, settings, logThreads });
  }

  /** Cuts the power: nothing of the process runs on, and what it did not sync is lost, or kept in part, by the seed. */
  crash(): void {
    if (!this.#process) return;
    this.#process.kill();
    this.#kv = this.#kv.crash(this.#simulation.random);
    this.#process = undefined;
    this.#onCrash();
  }

  /** Resolves at the next crash. */
  get crashed(): Promise<void> {
    return this.#crashed;
  }

  /** The row store of the running process. */
  get kv(): SimulatedKv {
    return this.#kv;
  }
}
