// run.ts — the benchmark of parts: inserts and the size on disk beside ClickHouse and DuckDB, and opening many parts.

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openChdbOrders } from './chdb.ts';
import { measureOpens, type OpenFigure } from './cold-open.ts';
import type { OpenOrdersEngine } from './engine.ts';
import { type InsertsResult, measureInserts } from './inserts.ts';

export const partsTopics = ['insert', 'open'] as const;
export type PartsTopic = (typeof partsTopics)[number];

const PART_COUNT = 1000;

export type PartsResult = { readonly inserts: InsertsResult; readonly opens: readonly OpenFigure[] };

/** Rejects when two engines answer differently. */
export async function runParts(
  openers: readonly OpenOrdersEngine[],
  options: {
    readonly topics: readonly PartsTopic[];
    readonly rowCounts: readonly number[];
    readonly rounds: number;
    readonly log: (text: string) => void;
  },
): Promise<PartsResult> {
  const folder = await mkdtemp(join(tmpdir(), 'winnow-bench-'));
  const at = async (topic: PartsTopic): Promise<string> => {
    await mkdir(join(folder, topic));
    return join(folder, topic);
  };
  try {
    return {
      inserts: options.topics.includes('insert')
        ? await measureInserts(openers, await at('insert'), options)
        : { engines: [], figures: [] },
      opens: options.topics.includes('open')
        ? await measureOpens(await at('open'), {
            ...options,
            names: openers.includes(openChdbOrders) ? ['winnow', 'chdb'] : ['winnow'],
            partCount: PART_COUNT,
          })
        : [],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
