// report.ts — Winnow's time ÷ the other engine's time: below 1 Winnow is faster. What it loses stands first.

import { availableParallelism, cpus } from 'node:os';
import type { Measured } from './measure.ts';
import type { SliceResult } from './slice.ts';

export type Comparison = {
  readonly operation: string;
  readonly peer: string;
  readonly ratio: number;
  readonly winnow: Measured;
  readonly other: Measured;
};

/** Losses first, the largest ratio at the top. */
export function compareWithWinnow(measured: readonly Measured[]): Comparison[] {
  const comparisons = measured.flatMap((other) => {
    const winnow = measured.find((one) => one.engine === 'winnow' && one.operation === other.operation);
    if (!winnow || other === winnow) return [];
    return [
      {
        operation: other.operation,
        peer: other.engine,
        ratio: winnow.medianUs / other.medianUs,
        winnow,
        other,
      },
    ];
  });
  return comparisons.sort((a, b) => b.ratio - a.ratio);
}

/** The result for people: machine, engines, ratios. */
export function reportText({ engines, measured }: SliceResult): string {
  const comparisons = compareWithWinnow(measured);
  const losses = comparisons.filter((comparison) => comparison.ratio > 1).length;
  return [
    `${availableParallelism()} cores, ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}`,
    ...engines.map(({ name, version, durability }) => `${name} ${version} — ${durability}`),
    '',
    `Winnow's time ÷ the other's: below 1 Winnow is faster. ${losses} of ${comparisons.length} lost, losses first.`,
    '',
    ...comparisons.map(({ operation, peer, ratio, winnow, other }) =>
      [
        ratioText(ratio).padStart(7),
        operation.padEnd(34),
        peer.padEnd(15),
        `${spread(winnow)} ÷ ${spread(other)}`,
      ].join('  '),
    ),
    '',
  ].join('\n');
}

/** One JSON object per operation and engine. */
export function reportJsonLines({ engines, measured }: SliceResult): string {
  const lines = measured.map(({ operation, engine, rounds, medianUs, calls }) => {
    const winnow = measured.find((one) => one.engine === 'winnow' && one.operation === operation);
    const ratio = engine === 'winnow' || !winnow ? undefined : round(winnow.medianUs / medianUs);
    const { version, durability } = engines.find((one) => one.name === engine) ?? {};
    return {
      bench: 'slice',
      operation,
      engine,
      version,
      durability,
      medianUs: round(medianUs),
      roundsUs: rounds.map(round),
      calls,
      ratio,
    };
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

const ratioText = (ratio: number): string => (ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0));

/** "12.3 µs (11.9–14.0)" */
function spread({ medianUs, rounds }: Measured): string {
  return `${microseconds(medianUs)} (${microseconds(Math.min(...rounds))} … ${microseconds(Math.max(...rounds))})`;
}

function microseconds(us: number): string {
  return us < 10_000 ? `${us.toFixed(us < 100 ? 1 : 0)} µs` : `${(us / 1_000).toFixed(1)} ms`;
}

const round = (us: number): number => Math.round(us * 1_000) / 1_000;
