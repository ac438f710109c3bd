// report.ts — the pipeline's figures for people (aims, losses first, then everything) and for programs.

import {
  aimLines,
  compareWithWinnow,
  figuresOf,
  machineText,
  microseconds,
  ratioText,
  spreadText,
  summaryText,
  timesText,
} from '../report.ts';
import { aimsOf, lanesText, percent } from './aims.ts';
import type { ApplyFigure } from './apply.ts';
import type { LagFigure } from './lag.ts';
import type { ReadFigure } from './reads.ts';
import type { PipelineResult } from './run.ts';
import { slowdownOf } from './slowdown.ts';
import type { WritesResult } from './writes.ts';

export function pipelineReportText(result: PipelineResult): string {
  const { writes, applied, lags, reads } = result;
  const sections = [
    [
      machineText(),
      ...writes.engines.map(({ name, version, durability }) => `${name} ${version} — ${durability}`),
    ],
    aimLines(aimsOf(result), { found: 22, aim: 30 }),
    ...(writes.figures.length > 0 ? [writeLines(writes), slowdownLines(writes)] : []),
    ...(applied.length > 0 ? [appliedLines(applied)] : []),
    ...(lags.length > 0 ? [lagLines(lags)] : []),
    ...(reads.length > 0 ? [readLines(reads)] : []),
  ];
  return sections.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

function writeLines({ figures }: WritesResult): string[] {
  const comparisons = compareWithWinnow(
    figures.map((figure) => ({ ...figure, operation: operationOf(figure) })),
  );
  return [
    'Durable writes with secondary indexes: time per row until nothing is left to do behind the acknowledgement.',
    summaryText(comparisons),
    '',
    ...comparisons.map((comparison) =>
      [
        ratioText(comparison.ratio).padStart(7),
        comparison.operation.padEnd(42),
        comparison.peer.padEnd(15),
        timesText(comparison),
      ].join('  '),
    ),
  ];
}

function slowdownLines({ figures }: WritesResult): string[] {
  return [
    'Slow-down per index: time with ÷ time without − 1, ÷ number of indexes.',
    '',
    ...figures
      .filter(({ indexCount }) => indexCount > 0)
      .map((figure) => {
        const slowdown = percent(slowdownOf(figure, figures).perIndex);
        return [slowdown.padStart(7), figure.engine.padEnd(15), operationOf(figure)].join('  ');
      }),
  ];
}

const operationOf = ({ operation, indexCount }: { operation: string; indexCount: number }): string =>
  `${operation}, ${indexCount} ${indexCount === 1 ? 'index' : 'indexes'}`;

function appliedLines(applied: readonly ApplyFigure[]): string[] {
  return [
    'Changes applied to an index table, and the time per change.',
    '',
    ...applied.map(({ operation, layout, lanes, medianUs, cpuUs, rounds }) =>
      [
        `${Math.round(1e6 / medianUs).toLocaleString('en-US')}/s`.padStart(10),
        operation.padEnd(22),
        layout.padEnd(9),
        lanesText(lanes).padEnd(8),
        spreadText({ medianUs, cpuUs, rounds }),
      ].join('  '),
    ),
  ];
}

function lagLines(lags: readonly LagFigure[]): string[] {
  return [
    'Lag of an index table at a steady rate of changes.',
    '',
    ...lags.map(({ layout, lanes, batchRows, reachedPerSecond, p50Ms, p99Ms, p99Rounds, processors }) =>
      [
        `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`.padEnd(26),
        `(p99 ${Math.min(...p99Rounds).toFixed(1)} … ${Math.max(...p99Rounds).toFixed(1)})`.padEnd(20),
        layout.padEnd(9),
        lanesText(lanes).padEnd(8),
        `transactions of ${batchRows}`.padEnd(21),
        `${Math.round(reachedPerSecond).toLocaleString('en-US')}/s`,
        `${processors.toFixed(2)} processors`,
      ].join('  '),
    ),
  ];
}

function readLines(reads: readonly ReadFigure[]): string[] {
  return [
    'Reads through an index table, by freshness.',
    '',
    ...reads.map(({ operation, engine, pipeline, medianUs, cpuUs }) =>
      [
        microseconds(medianUs).padStart(10),
        `CPU ${microseconds(cpuUs)}`.padEnd(15),
        engine.padEnd(9),
        operation.padEnd(30),
        pipeline,
      ].join('  '),
    ),
  ];
}

/** One JSON object per figure, then one per aim. */
export function pipelineReportJsonLines(result: PipelineResult): string {
  const { writes, applied, lags, reads } = result;
  const lines: object[] = [
    ...writes.figures.map((figure) => {
      const { operation, engine, indexCount } = figure;
      const { version, durability } = writes.engines.find(({ name }) => name === engine)!;
      const whose = { part: 'writes', operation, engine, version, durability, indexCount };
      return {
        ...whose,
        ...figuresOf(figure),
        slowdownPerIndex: slowdownOf(figure, writes.figures).perIndex,
      };
    }),
    ...applied.map((figure) => {
      const { operation, layout, lanes, medianUs } = figure;
      const whose = { part: 'applied', operation, layout, lanes };
      return { ...whose, changesPerSecond: Math.round(1e6 / medianUs), ...figuresOf(figure) };
    }),
    ...lags.map((figure) => ({ part: 'lag', ...figure })),
    ...reads.map((figure) => {
      const { operation, engine, pipeline } = figure;
      return { part: 'reads', operation, freshness: engine, pipeline, ...figuresOf(figure) };
    }),
    ...aimsOf(result).map((aim) => ({ part: 'aims', ...aim })),
  ];
  return lines.map((line) => `${JSON.stringify({ bench: 'pipeline', ...line })}\n`).join('');
}
