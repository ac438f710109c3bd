// run.ts — the benchmark of the pipeline: index tables behind the commit, beside indexes inside it.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureApply } from './apply.ts';
import type { ApplyFigure } from './apply.ts';
import type { OpenOrders } from './engine.ts';
import { measureLag } from './lag.ts';
import type { LagFigure } from './lag.ts';
import { measureReads } from './reads.ts';
import type { ReadFigure } from './reads.ts';
import { measureWrites } from './writes.ts';
import type { WritesResult } from './writes.ts';

export const pipelineParts = ['writes', 'applied', 'lag', 'reads'] as const;
export type PipelinePart = (typeof pipelineParts)[number];

export type PipelineOptions = {
  readonly parts: readonly PipelinePart[];
  /** Changes that are applied in each round. */
  readonly changes: number;
  readonly rounds: number;
  readonly log: (text: string) => void;
};

export type PipelineResult = {
  readonly writes: WritesResult;
  readonly applied: readonly ApplyFigure[];
  readonly lags: readonly LagFigure[];
  readonly reads: readonly ReadFigure[];
};

/** Rejects when two engines, or an index table and its row table, answer differently. */
export async function runPipeline(
  openers: readonly OpenOrders[],
  options: PipelineOptions,
): Promise<PipelineResult> {
  const folder = await mkdtemp(join(tmpdir(), 'winnow-bench-'));
  const measured = async <T>(
    part: PipelinePart,
    none: T,
    measure: (folder: string, options: PipelineOptions) => Promise<T>,
  ): Promise<T> => {
    if (!options.parts.includes(part)) return none;
    await mkdir(join(folder, part));
    const result = await measure(join(folder, part), options);
    await rm(join(folder, part), { recursive: true, force: true });
    return result;
  };
  try {
    return {
      writes: await measured('writes', { engines: [], figures: [] }, (at) =>
        measureWrites(openers, at, options),
      ),
      applied: await measured('applied', [], measureApply),
      lags: await measured('lag', [], measureLag),
      reads: await measured('reads', [], measureReads),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
