// aims.ts — what the pipeline is to reach, and whether it did.

import { missedFirst, type Aim } from '../report.ts';
import type { PipelineResult } from './run.ts';
import { compareSlowdowns } from './slowdown.ts';

const CHANGES_PER_SECOND = 100_000;
const LAG_P99_MS = 20;
const FRESH_READ_OVERHEAD = 0.1;

/** Those that were missed first. */
export function aimsOf(result: PipelineResult): Aim[] {
  const aims = [...appliedAims(result), ...lagAims(result), ...readAims(result), ...slowdownAims(result)];
  return missedFirst(aims);
}

function appliedAims({ applied }: PipelineResult): Aim[] {
  return applied.map(({ operation, layout, lanes, medianUs }) => {
    const perSecond = 1e6 / medianUs;
    return {
      name: `changes applied, ${layout}, ${lanesText(lanes)}, ${operation}`,
      aim: `≥ ${CHANGES_PER_SECOND.toLocaleString('en-US')}/s`,
      found: `${Math.round(perSecond).toLocaleString('en-US')}/s`,
      met: perSecond >= CHANGES_PER_SECOND,
    };
  });
}

function lagAims({ lags }: PipelineResult): Aim[] {
  return lags.map(({ layout, lanes, batchRows, askedPerSecond, reachedPerSecond, p99Ms }) => ({
    name: `lag p99, ${layout}, ${lanesText(lanes)}, transactions of ${batchRows}`,
    aim: `≤ ${LAG_P99_MS} ms at ${askedPerSecond.toLocaleString('en-US')}/s`,
    found: `${p99Ms.toFixed(1)} ms at ${Math.round(reachedPerSecond).toLocaleString('en-US')}/s`,
    met: p99Ms <= LAG_P99_MS && reachedPerSecond >= 0.98 * askedPerSecond,
  }));
}

function readAims({ reads }: PipelineResult): Aim[] {
  return reads
    .filter(({ engine }) => engine === 'strong')
    .map((strong) => {
      const { operation, pipeline } = strong;
      const eventual = reads.find(
        (one) => one.engine === 'eventual' && one.operation === operation && one.pipeline === pipeline,
      )!;
      const overhead = strong.medianUs / eventual.medianUs - 1;
      return {
        name: `fresh read, ${operation}, ${pipeline}`,
        aim: `≤ ${percent(FRESH_READ_OVERHEAD)} more`,
        found: `${percent(overhead)} more`,
        met: overhead <= FRESH_READ_OVERHEAD,
      };
    });
}

function slowdownAims({ writes }: PipelineResult): Aim[] {
  return compareSlowdowns(writes.figures).map(({ operation, peer, indexCount, winnow, other }) => ({
    name: `slow-down per index, ${operation}, ${indexCount} of them`,
    aim: `< ${percent(other.perIndex)} of ${peer}`,
    found: percent(winnow.perIndex),
    met: winnow.perIndex < other.perIndex,
  }));
}

export const lanesText = (lanes: number): string => `${lanes} ${lanes === 1 ? 'lane' : 'lanes'}`;

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
