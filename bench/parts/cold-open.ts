// cold-open.ts — how long a new process takes from opening a store whose table has many parts to its first answer.

import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mediansOf, type Measured } from '../measure.ts';
import type { PartsStore } from './parts-stores.ts';

export type OpenFigure = Measured & { readonly parts: number };

export type OpenOptions = {
  readonly names: readonly PartsStore[];
  readonly partCount: number;
  readonly rounds: number;
  readonly log: (text: string) => void;
};

const run = promisify(execFile);

/** Engines in turns, each time in a process of its own. Rejects when one does not find all parts. */
export async function measureOpens(
  folder: string,
  { names, partCount, rounds, log }: OpenOptions,
): Promise<OpenFigure[]> {
  for (const name of names) {
    log(`making ${partCount} parts for ${name}`);
    await mkdir(join(folder, name));
    await inProcess('make', name, join(folder, name), partCount);
  }
  const figures = new Map(names.map((name) => [name, [] as { us: number; cpuUs: number }[]] as const));
  for (let round = 0; round <= rounds; round++) {
    log(`opening, round ${round} of ${rounds}`);
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round) % names.length]!;
      const { us, cpuUs, answer } = await inProcess('open', name, join(folder, name), partCount);
      if (answer !== partCount) throw new Error(`${name} has ${answer} rows of ${partCount}`);
      if (round > 0) figures.get(name)!.push({ us, cpuUs });
    }
  }
  return names.map((name) => ({
    operation: `open of ${partCount.toLocaleString('en-US')} parts`,
    engine: name,
    ...mediansOf(figures.get(name)!),
    calls: rounds,
    parts: partCount,
  }));
}

type OpenAnswer = { readonly us: number; readonly cpuUs: number; readonly answer: number };

async function inProcess(
  task: 'make' | 'open',
  name: PartsStore,
  folder: string,
  partCount: number,
): Promise<OpenAnswer> {
  const program = join(import.meta.dirname, 'parts-stores-main.js');
  const { stdout } = await run(process.execPath, [program, task, name, folder, String(partCount)]);
  return JSON.parse(stdout) as OpenAnswer;
}
