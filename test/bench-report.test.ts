import { expect, test } from 'vitest';
import { requireSameAnswers } from '../bench/flights/answers.ts';
import type { Texts } from '../bench/flights/facts.ts';
import type { FlightsQuery } from '../bench/flights/queries.ts';
import { compareFlights, meansOf } from '../bench/flights/comparison.ts';
import { flightsReportJsonLines, flightsReportText } from '../bench/flights/report.ts';
import type { Figure } from '../bench/flights/run.ts';
import { median, percentile } from '../bench/measure.ts';
import { partsAims, partsReportJsonLines, partsReportText } from '../bench/parts/report.ts';
import { aimsOf } from '../bench/pipeline/aims.ts';
import { createOrders } from '../bench/pipeline/orders.ts';
import { pipelineReportJsonLines, pipelineReportText } from '../bench/pipeline/report.ts';
import type { WriteFigure } from '../bench/pipeline/writes.ts';
import { compareWithWinnow, reportText } from '../bench/report.ts';

const measured = (operation: string, engine: string, medianUs: number) => ({
  operation,
  engine,
  medianUs,
  cpuUs: 2 * medianUs,
  rounds: [medianUs],
  calls: 1,
});

const result = {
  engines: ['winnow', 'other'].map((name) => ({ name, version: '1', durability: 'fsync' })),
  measured: [
    measured('get', 'winnow', 5),
    measured('get', 'other', 10),
    measured('put', 'winnow', 30),
    measured('put', 'other', 10),
    measured('range', 'winnow', 20),
    measured('range', 'other', 10),
  ],
};

test('a ratio is Winnow’s time by the other’s, and the largest loss stands first', () => {
  const ratios = compareWithWinnow(result.measured).map(({ operation, ratio }) => [operation, ratio]);
  expect(ratios).toEqual([
    ['put', 3],
    ['range', 2],
    ['get', 0.5],
  ]);
});

test('the report counts what is lost, and shows processor time beside wall time', () => {
  expect(reportText(result)).toContain('2 of 3 lost');
  expect(reportText(result)).toContain('30.0 µs (30.0 µs … 30.0 µs; CPU 60.0 µs) ÷ 10.0 µs');
});

test('the median of an even number of rounds lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([9, 1, 5])).toBe(5);
});

// The aggregates.

const figure = (
  operation: string,
  engine: string,
  medianUs: number,
  of: { variant?: string; texts?: readonly Texts[]; kind?: FlightsQuery['kind'] } = {},
): Figure => ({
  ...measured(operation, engine, medianUs),
  variant: of.variant ?? 'the only',
  texts: of.texts ?? ['LowCardinality'],
  kind: of.kind ?? 'aggregate',
  threads: 2,
});

const figures = [
  figure('by origin', 'winnow', 10),
  figure('by origin', 'chdb', 20, { variant: 'slow' }),
  figure('by origin', 'chdb', 5, { variant: 'fast' }),
  figure('by day', 'winnow', 10),
  figure('by day', 'chdb', 20, { variant: 'slow' }),
  figure('by day', 'chdb', 40, { variant: 'fast' }),
  figure('a week', 'winnow', 100, { kind: 'key range' }),
  figure('a week', 'chdb', 1, { kind: 'key range' }),
  figure('by origin', 'chdb', 1, { texts: ['String'] }),
];

test('the fastest variant of a peer counts, query by query, and only among equal types', () => {
  const ratios = compareFlights(figures).map(({ operation, other, ratio }) => [
    operation,
    other.variant,
    ratio,
  ]);
  expect(ratios).toEqual([
    ['a week', 'the only', 100],
    ['by origin', 'fast', 2],
    ['by day', 'slow', 0.5],
  ]);
});

test('the mean is geometric, over the aggregates alone', () => {
  const means = meansOf(compareFlights(figures));
  expect(means).toMatchObject([{ peer: 'chdb', threads: 2, texts: 'LowCardinality' }]);
  expect(means[0]!.ratio).toBeCloseTo(1, 12);
});

test('a variant that serves both types is compared with each', () => {
  const both = figure('by origin', 'duckdb', 10, { texts: ['LowCardinality', 'String'] });
  const comparisons = compareFlights([
    both,
    figure('by origin', 'winnow', 10),
    figure('by origin', 'winnow', 30, { texts: ['String'] }),
  ]);
  expect(comparisons.map(({ texts, ratio }) => [texts, ratio])).toEqual([
    ['String', 3],
    ['LowCardinality', 1],
  ]);
});

test('the report of the aggregates shows the key range apart, its JSON every variant', () => {
  const flights = { engines: [{ name: 'chdb', version: '26.7', storage: 'MergeTree' }], figures };
  const text = flightsReportText(flights);
  expect(text).toContain('2 of 3 lost');
  expect(text.indexOf('by day')).toBeLessThan(text.indexOf('A range of the sorting key'));
  expect(text.indexOf('a week')).toBeGreaterThan(text.indexOf('A range of the sorting key'));
  expect(text).toContain('| by origin (10.0 µs) | **2.00** |');
  expect(text).toContain('| geometric mean of the aggregates | 1.00 |');
  const lines = flightsReportJsonLines(flights).trim().split('\n');
  expect(lines.length).toBe(figures.length + 1);
  expect(JSON.parse(lines[1]!)).toMatchObject({
    engine: 'chdb',
    version: '26.7',
    variant: 'slow',
    threads: 2,
  });
});

const query = (ordered: boolean): FlightsQuery => ({ name: 'q', kind: 'aggregate', ordered, sql: () => '' });
const compare = (
  ordered: boolean,
  ...answers: readonly (readonly (readonly unknown[])[])[]
): (() => void) => {
  const named = answers.map((rows, i) => ({ name: `engine ${i}`, rows }));
  return () => requireSameAnswers(query(ordered), named);
};

test('answers are the same through all kinds of numbers and days, and the last digits of floats', () => {
  const day = new Date('2001-01-31T00:00:00Z');
  expect(compare(true, [['2001-01-31', 3, 0.1 + 0.2]], [[day, 3n, 0.3]])).not.toThrow();
});

test('one other value, one row too few, or another order is found', () => {
  const rows = [
    ['ATL', 1],
    ['LAX', 2],
  ];
  const reversed = rows.toReversed();
  expect(
    compare(true, rows, rows, [
      ['ATL', 1],
      ['LAX', 2.00001],
    ]),
  ).toThrow('engine 2 answers otherwise');
  expect(compare(false, rows, [['ATL', 1]])).toThrow('engine 1 answers otherwise');
  expect(compare(true, rows, reversed)).toThrow('engine 1 answers otherwise');
  expect(compare(false, rows, reversed)).not.toThrow();
});

// The pipeline.

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect([50, 99, 100].map((percent) => percentile(values, percent))).toEqual([100, 198, 200]);
  expect(percentile([7], 99)).toBe(7);
});

const writes = (engine: string, indexCount: number, medianUs: number): WriteFigure => ({
  ...measured('commits of 1 row', engine, medianUs),
  indexCount,
});

const applied = { ...measured('backlog in the log', 'winnow', 8), layout: 'KEYS', lanes: 2 };

const pipelineResult = {
  writes: {
    engines: result.engines,
    figures: [
      writes('winnow', 0, 10),
      writes('winnow', 2, 14),
      writes('winnow', 4, 34),
      writes('other', 0, 20),
      writes('other', 2, 30),
      writes('other', 4, 40),
    ],
  },
  applied: [applied],
  lags: [],
  reads: [
    { ...measured('orders of a buyer', 'strong', 21), pipeline: 'idle' },
    { ...measured('orders of a buyer', 'eventual', 20), pipeline: 'idle' },
  ],
};

test('the slow-down per index is relative to the engine’s own writes without, and misses stand first', () => {
  expect(aimsOf(pipelineResult).map(({ met, found, aim }) => [met, found, aim])).toEqual([
    [false, '60 %', '< 25 % of other'],
    [true, '125,000/s', '≥ 100,000/s'],
    [true, '5.0 % more', '≤ 10 % more'],
    [true, '20 %', '< 25 % of other'],
  ]);
});

test('the pipeline’s report says what was missed, and its JSON has every figure and aim', () => {
  const text = pipelineReportText(pipelineResult);
  expect(text).toContain('1 of 4 aims missed');
  expect(text).toContain('other 1 — fsync');
  expect(text).not.toContain('Lag');
  const lines = pipelineReportJsonLines(pipelineResult).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { part: string }).part)).toEqual([
    ...new Array<string>(6).fill('writes'),
    'applied',
    'reads',
    'reads',
    ...new Array<string>(4).fill('aims'),
  ]);
});

test('no order is in a list twice, so that transactions may commit in any order', () => {
  const orders = createOrders(1);
  orders.added(50);
  orders.removed(10);
  const ids = orders.mixed(80).map(({ order_id }) => order_id);
  expect(new Set(ids).size).toBe(80);
  expect(ids.filter((id) => id >= 50)).toHaveLength(40);
  expect(Math.min(...ids)).toBeGreaterThanOrEqual(10);
});

test('of parts, aims that were missed stand first: processor time and size beside ClickHouse, and the time to open', () => {
  const insert = (engine: string, cpuUs: number, sizeBytes: number) => ({
    ...measured('insert of 1,000 rows', engine, 1000),
    cpuUs,
    rows: 1000,
    sizeBytes,
  });
  const engines = ['winnow', 'chdb', 'duckdb'].map((name) => ({ name, version: '1', storage: 'a table' }));
  const result = {
    inserts: {
      engines,
      figures: [insert('winnow', 900, 1100), insert('duckdb', 1, 1), insert('chdb', 1000, 1000)],
    },
    opens: [{ ...measured('open of 1,000 parts', 'winnow', 250_000), parts: 1000 }],
  };
  expect(partsAims(result).map(({ name, found, met }) => [name, found, met])).toEqual([
    ["insert of 1,000 rows, size on disk ÷ chdb's", '1.10', false],
    ["insert of 1,000 rows, processor time ÷ chdb's", '0.90', true],
    ['open of 1,000 parts', '250.0 ms', true],
  ]);
  expect(partsReportText(result)).toMatch(/^1 of 3 aims missed, these first\.$/m);
  const lines = partsReportJsonLines(result)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(lines).toHaveLength(7);
  expect(lines[0]).toMatchObject({ bench: 'parts', topic: 'insert', engine: 'winnow', sizeBytes: 1100 });
});
