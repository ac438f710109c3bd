// comparison.ts — Winnow's figures beside a peer's. Of an engine's variants the fastest counts, query by query.

import { compareWithWinnow } from '../report.ts';
import type { Comparison } from '../report.ts';
import type { Texts } from './facts.ts';
import type { Figure } from './run.ts';

export const textsCompared: readonly Texts[] = ['LowCardinality', 'String'];

/** Winnow and one peer with the same column types and as many threads. */
export type FlightsComparison = Comparison<Figure> & { readonly texts: Texts; readonly threads: number };

export type Mean = Pick<FlightsComparison, 'peer' | 'texts' | 'threads' | 'ratio'>;

/** Losses first; the key range is among them. */
export function compareFlights(figures: readonly Figure[]): FlightsComparison[] {
  const threadCounts = [...new Set(figures.map(({ threads }) => threads))];
  const comparisons = textsCompared.flatMap((texts) =>
    threadCounts.flatMap((threads) => {
      const group = figures.filter((figure) => figure.threads === threads && figure.texts.includes(texts));
      const compared = compareWithWinnow(fastestVariants(group));
      return compared.map((comparison) => ({ ...comparison, texts, threads }));
    }),
  );
  return comparisons.sort((a, b) => b.ratio - a.ratio);
}

function fastestVariants(figures: readonly Figure[]): Figure[] {
  const fastest = new Map<string, Figure>();
  for (const figure of figures) {
    const key = `${figure.engine}\t${figure.operation}`;
    const known = fastest.get(key);
    if (!known || figure.medianUs < known.medianUs) fastest.set(key, figure);
  }
  return [...fastest.values()];
}

/** Geometric means of the aggregates' ratios, per peer, types and threads. */
export function meansOf(comparisons: readonly FlightsComparison[]): Mean[] {
  const groups = new Map<string, FlightsComparison[]>();
  for (const comparison of comparisons.filter(({ other }) => other.kind === 'aggregate')) {
    const key = [comparison.peer, comparison.texts, comparison.threads].join('\t');
    groups.set(key, [...(groups.get(key) ?? []), comparison]);
  }
  return [...groups.keys()].sort().map((key) => {
    const group = groups.get(key)!;
    const logarithms = group.reduce((sum, { ratio }) => sum + Math.log(ratio), 0);
    const { peer, texts, threads } = group[0]!;
    return { peer, texts, threads, ratio: Math.exp(logarithms / group.length) };
  });
}
