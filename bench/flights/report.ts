// report.ts — the aggregates for people (every comparison, then a table in Markdown) and for programs.

import { figuresOf, machineText, microseconds, ratioText, summaryText, timesText } from '../report.ts';
import { compareFlights, meansOf, textsCompared } from './comparison.ts';
import type { FlightsComparison, Mean } from './comparison.ts';
import type { Texts } from './facts.ts';
import type { Figure, FlightsResult } from './run.ts';

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
    ...textsCompared.flatMap((texts) => ['', ...tableLines(comparisons, texts)]),
    '',
  ].join('\n');
}

function comparisonText(comparison: FlightsComparison): string {
  const { operation, texts, threads, ratio, other } = comparison;
  return [
    ratioText(ratio).padStart(7),
    operation.padEnd(27),
    threadsText(threads).padEnd(9),
    texts.padEnd(15),
    `${other.engine}, ${other.variant}`.padEnd(24),
    timesText(comparison),
  ].join('  ');
}

const threadsText = (threads: number): string => `${threads} ${threads === 1 ? 'thread' : 'threads'}`;

type Ratio = Pick<FlightsComparison, 'peer' | 'threads' | 'ratio'>;

/** Queries by peers and threads, in Markdown: what Winnow loses is bold, and the largest loss stands first. */
function tableLines(all: readonly FlightsComparison[], texts: Texts): string[] {
  const comparisons = all.filter((comparison) => comparison.texts === texts);
  if (comparisons.length === 0) return [];
  const columns = meansOf(comparisons);
  const queries = new Map<string, FlightsComparison[]>();
  for (const comparison of comparisons) {
    queries.set(comparison.operation, [...(queries.get(comparison.operation) ?? []), comparison]);
  }
  const row = (title: string, ratios: readonly Ratio[]): string =>
    `| ${[title, ...columns.map((column) => cellText(ratios, column))].join(' | ')} |`;
  return [
    `| ${[texts, ...columns.map(({ peer, threads }) => `${peer}, ${threadsText(threads)}`)].join(' | ')} |`,
    `|${' --- |'.repeat(columns.length + 1)}`,
    ...[...queries].map(([query, ratios]) => row(`${query} (${winnowTimes(ratios)})`, ratios)),
    row('geometric mean of the aggregates', columns),
  ];
}

function cellText(ratios: readonly Ratio[], { peer, threads }: Mean): string {
  const found = ratios.find((ratio) => ratio.peer === peer && ratio.threads === threads);
  if (!found) return '';
  return found.ratio > 1 ? `**${ratioText(found.ratio)}**` : ratioText(found.ratio);
}

/** "12.3 ms, 6.4 ms": with each number of threads. */
function winnowTimes(comparisons: readonly FlightsComparison[]): string {
  const times = new Map(comparisons.map(({ threads, winnow }) => [threads, winnow.medianUs]));
  return [...times.keys()]
    .sort((a, b) => a - b)
    .map((threads) => microseconds(times.get(threads)!))
    .join(', ');
}

/** One JSON object per query, contender and number of threads; then one per mean. */
export function flightsReportJsonLines({ engines, figures }: FlightsResult): string {
  const lines = figures.map((figure) => {
    const { operation, kind, engine, variant, texts, threads } = figure;
    const { version, storage } = engines.find(({ name }) => name === engine) ?? {};
    const whose = { operation, kind, engine, version, storage, variant, texts, threads };
    return { bench: 'flights', ...whose, ...figuresOf(figure) };
  });
  const means = meansOf(compareFlights(figures)).map((mean) => ({
    bench: 'flights',
    mean: 'geometric',
    ...mean,
  }));
  return [...lines, ...means].map((line) => `${JSON.stringify(line)}\n`).join('');
}
