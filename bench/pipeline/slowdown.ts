// slowdown.ts — how much slower writes become with each secondary index, engine by engine.

import type { WriteFigure } from './writes.ts';

export type Slowdown = {
  readonly figure: WriteFigure;
  /** Time with the indexes ÷ time without any, less one, per index. */
  readonly perIndex: number;
};

export type SlowdownComparison = {
  readonly operation: string;
  readonly peer: string;
  readonly indexCount: number;
  readonly winnow: Slowdown;
  readonly other: Slowdown;
};

/** Winnow beside each peer; where it loses most stands first. */
export function compareSlowdowns(figures: readonly WriteFigure[]): SlowdownComparison[] {
  const comparisons = figures.flatMap((figure): SlowdownComparison[] => {
    const { operation, engine, indexCount } = figure;
    if (engine === 'winnow' || indexCount === 0) return [];
    const own = figures.find(
      (one) => one.engine === 'winnow' && one.operation === operation && one.indexCount === indexCount,
    );
    if (!own) return [];
    const [winnow, other] = [slowdownOf(own, figures), slowdownOf(figure, figures)];
    return [{ operation, peer: engine, indexCount, winnow, other }];
  });
  return comparisons.sort(
    (a, b) => b.winnow.perIndex - b.other.perIndex - (a.winnow.perIndex - a.other.perIndex),
  );
}

export function slowdownOf(figure: WriteFigure, figures: readonly WriteFigure[]): Slowdown {
  const { operation, engine, indexCount, medianUs } = figure;
  const without = figures.find(
    (one) => one.engine === engine && one.operation === operation && one.indexCount === 0,
  )!;
  return { figure, perIndex: indexCount === 0 ? 0 : (medianUs / without.medianUs - 1) / indexCount };
}
