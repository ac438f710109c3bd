// report.ts — Winnow's time ÷ the other engine's time: below 1 Winnow is faster. What it loses stands first.

import { availableParallelism, cpus } from 'node:os';
import type { Measured } from './measure.ts';
import type { SliceResult } from './slice.ts';

export type Comparison<M extends Measured = Measured> = {
  readonly operation: string;
  readonly peer: string;
  readonly ratio: number;
  readonly winnow: M;
  readonly other: M;
};

/** Losses first, the largest ratio at the top. */
export function compareWithWinnow<M extends Measured>(measured: readonly M[]): Comparison<M>[] {
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
  return [
    machineText(),
    ...engines.map(({ name, version, durability }) => `${name} ${version} — ${durability}`),
    '',
    summaryText(comparisons),
    '',
    ...comparisons.map((comparison) =>
      [
        ratioText(comparison.ratio).padStart(7),
        comparison.operation.padEnd(34),
        comparison.peer.padEnd(15),
        timesText(comparison),
      ].join('  '),
    ),
    '',
  ].join('\n');
}

/** One JSON object per operation and engine. */
export function reportJsonLines({ engines, measured }: SliceResult): string {
  const lines = measured.map((one) => {
    const { operation, engine, medianUs } = one;
    const winnow = measured.find((other) => other.engine === 'winnow' && other.operation === operation);
    const ratio = engine === 'winnow' || !winnow ? undefined : round(winnow.medianUs / medianUs);
    const { version, durability } = engines.find(({ name }) => name === engine) ?? {};
    return { bench: 'slice', operation, engine, version, durability, ...figuresOf(one), ratio };
  });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** What stands in JSON about one measurement. */
export function figuresOf({ medianUs, cpuUs, rounds, calls }: Measured): object {
  return { medianUs: round(medianUs), cpuUs: round(cpuUs), roundsUs: rounds.map(round), calls };
}

export function machineText(): string {
  const processor = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${availableParallelism()} cores, ${processor}, Node ${process.versions.node}`;
}

export function summaryText(comparisons: readonly Comparison[]): string {
  const losses = comparisons.filter(({ ratio }) => ratio > 1).length;
  return `Winnow's time ÷ the other's: below 1 Winnow is faster. ${losses} of ${comparisons.length} lost, losses first.`;
}

export const ratioText = (ratio: number): string => (ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0));

/** "12.3 µs (11.9 µs … 14.0 µs; CPU 15.0 µs) ÷ …" */
export function timesText({ winnow, other }: Comparison): string {
  return `${spreadText(winnow)} ÷ ${spreadText(other)}`;
}

/** The median with the fastest and the slowest round. */
export function spreadText({
  medianUs,
  rounds,
  cpuUs,
}: Pick<Measured, 'medianUs' | 'rounds' | 'cpuUs'>): string {
  const spread = `${microseconds(Math.min(...rounds))} … ${microseconds(Math.max(...rounds))}`;
  return `${microseconds(medianUs)} (${spread}; CPU ${microseconds(cpuUs)})`;
}

export function microseconds(us: number): string {
  return us < 10_000 ? `${us.toFixed(us < 100 ? 1 : 0)} µs` : `${(us / 1_000).toFixed(1)} ms`;
}

const round = (us: number): number => Math.round(us * 1_000) / 1_000;

/** What a benchmark is to reach, and whether it did. */
export type Aim = {
  readonly name: string;
  readonly aim: string;
  readonly found: string;
  readonly met: boolean;
};

export const missedFirst = (aims: readonly Aim[]): Aim[] =>
  [...aims].sort((a, b) => Number(a.met) - Number(b.met));

/** `widths`: of the columns that say what was found, and what the aim is. */
export function aimLines(
  aims: readonly Aim[],
  widths: { readonly found: number; readonly aim: number },
): string[] {
  return [
    `${aims.filter(({ met }) => !met).length} of ${aims.length} aims missed, these first.`,
    '',
    ...aims.map(({ name, aim, found, met }) =>
      [met ? 'met   ' : 'MISSED', found.padEnd(widths.found), `aim ${aim}`.padEnd(widths.aim), name].join(
        '  ',
      ),
    ),
  ];
}
