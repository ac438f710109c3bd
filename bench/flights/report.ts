// report.ts — the aggregates for people and for programs. Of an engine's variants the fastest counts, query by query.

import { compareWithWinnow, figuresOf, machineText, ratioText, summaryText, timesText } from '../report.ts';
import type { Comparison } from '../report.ts';
import type { Texts } from './facts.ts';
import type { Figure, FlightsResult } from './run.ts';

const textsCompared: readonly Texts[] = ['LowCardinality', 'String'];

/** Winnow and one peer with the same column types and as many threads. */
export type FlightsComparison = Comparison<Figure> & { readonly texts: Texts };

export type Mean = {
  readonly peer: string;
  readonly threads: number;
  readonly texts: Texts;
  readonly ratio: number;
};

/** Losses first; the key range is among them. */
export function compareFlights(figures: readonly Figure[]): FlightsComparison[] {
  const threadCounts = [...new Set(figures.map(({ threads }) => threads))];
  const comparisons = textsCompared.flatMap((texts) =>
    threadCounts.flatMap((threads) => {
      const group = figures.filter((figure) => figure.threads === threads && figure.texts.includes(texts));
      return compareWithWinnow(fastestVariants(group)).map((comparison) => ({ ...comparison, texts }));
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

/** Geometric means of the aggregates' ratios, per peer, threads and types. */
export function meansOf(comparisons: readonly FlightsComparison[]): Mean[] {
  const groups = new Map<string, FlightsComparison[]>();
  for (const comparison of comparisons.filter(({ other }) => other.kind === 'aggregate')) {
    const key = [comparison.peer, comparison.texts, comparison.other.threads].join('\t');
    groups.set(key, [...(groups.get(key) ?? []), comparison]);
  }
  const keys = [...groups.keys()].sort();
  return keys.map((key) => {
    const group = groups.get(key)!;
    const logarithms = group.reduce((sum, { ratio }) => sum + Math.log(ratio), 0);
    const { peer, texts, other } = group[0]!;
    return { peer, texts, threads: other.threads, ratio: Math.exp(logarithms / group.length) };
  });
}

export function flightsReportText({ engines, figures }: FlightsResult): string {
  const comparisons = compareFlights(figures);
  const linesOf = (kind: Figure['kind']): string[] =>
    comparisons.filter(({ other }) => other.kind === kind).map(comparisonText);
  return [
    machineText(),
    ...engines.map(({ name, version, storage }) => `${name} ${version} — ${storage}`),
    '',
    summaryText(comparisons),
    '',
    ...linesOf('aggregate'),
    '',
    'A range of the sorting key:',
    '',
    ...linesOf('key range'),
    '',
    'Geometric means of the aggregates:',
    '',
    ...meansOf(comparisons).map(({ peer, texts, threads, ratio }) =>
      [ratioText(ratio).padStart(7), peer.padEnd(7), texts.padEnd(15), threadsText(threads)].join('  '),
    ),
    '',
  ].join('\n');
}

function comparisonText(comparison: FlightsComparison): string {
  const { operation, texts, ratio, other } = comparison;
  return [
    ratioText(ratio).padStart(7),
    operation.padEnd(27),
    threadsText(other.threads).padEnd(9),
    texts.padEnd(15),
    `${other.engine}, ${other.variant}`.padEnd(24),
    timesText(comparison),
  ].join('  ');
}

const threadsText = (threads: number): string => `${threads} ${threads === 1 ? 'thread' : 'threads'}`;

/** One JSON object per query, contender and number of threads; then one per mean. */
export function flightsReportJsonLines({ engines, figures }: FlightsResult): string {
  const lines = figures.map((figure) => {
    const { operation, kind, engine, variant, texts, threads } = figure;
    const { version, storage } = engines.find(({ name }) => name === engine) ?? {};
    return {
      bench: 'flights',
      operation,
      kind,
      engine,
      version,
      storage,
      variant,
      texts,
      threads,
      ...figuresOf(figure),
    };
  });
  const means = meansOf(compareFlights(figures)).map((mean) => ({
    bench: 'flights',
    mean: 'geometric',
    ...mean,
  }));
  return [...lines, ...means].map((line) => `${JSON.stringify(line)}\n`).join('');
}
