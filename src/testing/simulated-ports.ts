// simulated-ports.ts — a whole run, its time and its accidents, from one seed.
//
// Keeps true:
//   - time stands still while any task can run; it jumps to the next timer when all of them wait;
//   - of the timers that are due, the seed picks which fires first;
//   - a killed process is never woken again, and what it did not sync is gone, as far as the seed decides.
// Tasks may wait only for simulated timers, stores and files: for real I/O the run would look stuck.

import { createRandom, type Random } from '../base/random.ts';
import type { Clock, Ports, Timers } from '../io/ports.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { createSimulatedFiles, type FileUser, type SimulatedFileOptions } from './simulated-files.ts';

export type SimulatedProcess = {
  readonly ports: Ports;
  /** Stops the process between two instructions: its timers never fire again and its locks are free. */
  readonly kill: () => void;
};

export type Simulation = {
  readonly seed: number;
  /** The test's own ports; they survive every kill. */
  readonly ports: Ports;
  /** The test's own draws. */
  readonly random: Random;
  /** Starts a process of its own: same clock and disk, its own timers and randomness. */
  readonly startProcess: (options?: SimulatedFileOptions) => SimulatedProcess;
};

export type SimulationOptions = {
  /** Timers that may fire before the run counts as endless; default one million. */
  readonly maxSteps?: number;
};

type Timer = { readonly dueMs: number; readonly process: Life; readonly fire: () => void };
type Life = { readonly alive: boolean };
type ProcessState = FileUser & { alive: boolean };

/** The wall clock at the beginning of every run: 2026-01-01 00:00:00 UTC. */
export const simulationStartMs = Date.UTC(2026, 0, 1);

/** Runs `main` in simulated time; a failure names the seed that repeats it. */
export async function runSimulation<T>(
  seed: number,
  main: (simulation: Simulation) => Promise<T>,
  options: SimulationOptions = {},
): Promise<T> {
  const scheduler = new Scheduler(createRandom(seed));
  try {
    return await scheduler.run(main(createSimulation(seed, scheduler)), options.maxSteps ?? 1_000_000);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`simulation with seed ${seed} failed after ${scheduler.elapsedMs} ms: ${reason}`, {
      cause: error,
    });
  }
}

function createSimulation(seed: number, scheduler: Scheduler): Simulation {
  const random = createRandom(seed).fork();
  const disk = new SimulatedDisk();
  let processCount = 0;

  const clock: Clock = {
    nowMs: () => simulationStartMs + scheduler.elapsedMs,
    monotonicMs: () => scheduler.elapsedMs,
  };

  function startProcess(options?: SimulatedFileOptions): SimulatedProcess {
    const life = { alive: true };
    const timers = scheduler.timersOf(life);
    const process: ProcessState = Object.assign(life, {
      id: ++processCount,
      clock,
      timers,
      random: random.fork(),
    });
    const ports: Ports = {
      clock,
      timers,
      random: random.fork(),
      files: createSimulatedFiles(disk, process, options),
      threads: undefined,
    };
    return { ports, kill: () => kill(process) };
  }

  function kill(process: ProcessState): void {
    process.alive = false;
    disk.crash(process.id, random);
  }

  return { seed, ports: startProcess().ports, random, startProcess };
}

class Scheduler {
  readonly #random: Random;
  #timers: Timer[] = [];
  #nowMs = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get elapsedMs(): number {
    return this.#nowMs;
  }

  timersOf(process: Life): Timers {
    return {
      sleep: (delayMs, signal) => this.#sleep(process, delayMs, signal),
      rest: (delayMs, signal) => this.#sleep(process, delayMs, signal),
      yield: () => this.#sleep(process, 0),
    };
  }

  /** Fires timers until the main task settles. */
  async run<T>(main: Promise<T>, maxSteps: number): Promise<T> {
    let settled = false;
    const outcome = main.finally(() => (settled = true));
    // The loop below may throw first; the outcome then has no other listener.
    outcome.catch(() => undefined);
    for (let step = 0; ; step++) {
      // All tasks wait when this turn begins: promises that can go on did so before it.
      await new Promise((resolve) => setImmediate(resolve));
      if (settled) return outcome;
      if (step >= maxSteps) throw new Error(`no end after ${maxSteps} steps`);
      this.#fireNext();
    }
  }

  #sleep(process: Life, delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const fire = (): void => {
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), process, fire };
      const wake = (): void => {
        if (!process.alive) return;
        this.#timers = this.#timers.filter((other) => other !== timer);
        fire();
      };
      signal?.addEventListener('abort', wake);
      this.#timers.push(timer);
    });
  }

  #fireNext(): void {
    this.#timers = this.#timers.filter((timer) => timer.process.alive);
    const earliestMs = this.#timers.reduce((least, timer) => Math.min(least, timer.dueMs), Infinity);
    if (earliestMs === Infinity) throw new Error('every task waits and no timer is left to wake one');
    this.#nowMs = Math.max(this.#nowMs, earliestMs);
    const due = this.#timers.filter((timer) => timer.dueMs <= this.#nowMs);
    const chosen = this.#random.pick(due);
    this.#timers.splice(this.#timers.indexOf(chosen), 1);
    chosen.fire();
  }
}
