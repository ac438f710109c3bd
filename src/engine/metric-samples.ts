// metric-samples.ts — the values of all metrics now, and their outlets: Prometheus' text and the rows of system.metrics.

import { isPartsPath, lowestOf } from '../catalog/access.ts';
import { laneStatuses, type LaneStatus } from '../pipeline/lane-status.ts';
import { text, typed } from './answers.ts';
import { durationBounds, type Histogram } from './metrics.ts';
import { metricTable, type MetricName } from './metric-table.ts';
import { knownIndexTables } from './system-index-tables.ts';
import type { NamedType, ValueInput } from '../types/column.ts';
import type { Engine } from './context.ts';

type Labels = Readonly<Record<string, string>>;

/** `suffix`: of the lines of a histogram. */
type Sample = { readonly labels: Labels; readonly value: number; readonly suffix?: string };

type Samples = { readonly [Name in MetricName]: readonly Sample[] };

/** The text of /metrics, in Prometheus' exposition format. */
export function renderMetrics(engine: Engine): string {
  const samples = samplesOf(engine);
  return metricNames
    .map((name) => {
      const { kind, meaning } = metricTable[name];
      const lines = samples[name].map(
        ({ suffix = '', labels, value }) => `${name}${suffix}${labelsText(labels)} ${numberText(value)}\n`,
      );
      return `# HELP ${name} ${meaning}\n# TYPE ${name} ${kind}\n${lines.join('')}`;
    })
    .join('');
}

export const metricColumns: readonly NamedType[] = [
  text('metric'),
  { name: 'labels', type: { kind: 'Map', key: { kind: 'String' }, value: { kind: 'String' } } },
  typed('value', 'Float64'),
  text('kind'),
  text('description'),
];

export function metricRows(engine: Engine): ValueInput[][] {
  const samples = samplesOf(engine);
  return metricNames.flatMap((name) =>
    samples[name].map(({ suffix = '', labels, value }) => [
      `${name}${suffix}`,
      labels,
      value,
      metricTable[name].kind,
      metricTable[name].meaning,
    ]),
  );
}

const metricNames = Object.keys(metricTable) as MetricName[];

const one = (value: number): Sample[] => [{ labels: {}, value }];

function samplesOf(engine: Engine): Samples {
  const { metrics, store } = engine;
  return {
    winnow_row_writes_total: one(metrics.rowWrites),
    winnow_query_duration_seconds: [...metrics.durations.values()].flatMap(histogramSamples),
    winnow_query_rows_read_total: one(metrics.rowsRead),
    winnow_query_rows_returned_total: one(metrics.rowsReturned),
    winnow_query_errors_total: [...metrics.errors].map(([code, value]) => {
      return { labels: { code: String(code) }, value };
    }),
    winnow_funnel_stage_kept_ratio: [...metrics.stages].map(([stage, { kept, of }]) => {
      return { labels: { stage }, value: kept / of };
    }),
    winnow_worker_jobs_total: one(store.workers.jobsDone),
    winnow_log_thread_pieces_total: one(store.logWorkers.jobsDone),
    winnow_commit_sequence: one(store.head),
    winnow_open_transactions: one(store.openTransactions),
    ...tableSamples(engine),
    ...indexTableSamples(engine),
  };
}

function histogramSamples({ accessPath, kind, counts, sum, count }: Histogram): Sample[] {
  const labels = { access_path: accessPath, kind };
  let total = 0;
  const buckets = durationBounds.map((bound, i) => {
    total += counts[i]!;
    return { suffix: '_bucket', labels: { ...labels, le: String(bound) }, value: total };
  });
  return [
    ...buckets,
    { suffix: '_bucket', labels: { ...labels, le: '+Inf' }, value: count },
    { suffix: '_sum', labels, value: sum },
    { suffix: '_count', labels, value: count },
  ];
}

type Named = { readonly database: string; readonly name: string };

const fullName = ({ database, name }: Named): string => `${database}.${name}`;

function tableSamples({
  store,
  ports,
}: Engine): Pick<
  Samples,
  'winnow_rows' | 'winnow_parts' | 'winnow_row_log_bytes' | 'winnow_row_log_oldest_seconds'
> {
  const objects = store.databases().flatMap((database) => store.tables(database));
  const tables = objects.filter((object) => object.kind !== 'indexTable');
  const rowTables = objects.filter((object) => object.kind === 'rowTable');
  const nowMs = ports.clock.nowMs();
  const sample = (table: Named, value: number): Sample => ({ labels: { table: fullName(table) }, value });
  return {
    winnow_rows: tables.map((table) => sample(table, store.status(table.id).rowCount)),
    winnow_parts: objects.filter(isPartsPath).map((path) => sample(path, store.partsOf(path).length)),
    winnow_row_log_bytes: rowTables.map((table) => sample(table, store.logBytes(table.id))),
    winnow_row_log_oldest_seconds: rowTables.map((table) => {
      const oldestMs = store.oldestLogMs(table.id);
      return sample(table, oldestMs === undefined ? 0 : Math.max(0, nowMs - oldestMs) / 1000);
    }),
  };
}

type IndexTableMetric = Extract<MetricName, `winnow_lane_${string}` | `winnow_index_table_${string}`>;

function indexTableSamples({ store, ports }: Engine): Pick<Samples, IndexTableMetric | 'winnow_drift_rows'> {
  const known = knownIndexTables(store);
  const nowMs = ports.clock.nowMs();
  const lanes = known.flatMap(({ table, index }) => {
    const names = { table: fullName(table), index_table: fullName(index.definition) };
    return laneStatuses(index, nowMs).map((lane) => ({
      lane,
      labels: { ...names, lane: String(lane.lane) },
    }));
  });
  const ofLanes = (value: (lane: LaneStatus) => number | undefined): Sample[] =>
    lanes.flatMap(({ lane, labels }) => {
      const known = value(lane);
      return known === undefined ? [] : [{ labels, value: known }];
    });
  const ofIndexTables = (value: (one: (typeof known)[number]) => number): Sample[] =>
    known.map((each) => ({ labels: { index_table: fullName(each.index.definition) }, value: value(each) }));
  return {
    winnow_lane_lag_seconds: ofLanes(({ lagMs }) => lagMs / 1000),
    winnow_lane_lag_changes: ofLanes(({ lagChanges }) => lagChanges),
    winnow_lane_applied_changes_total: ofLanes(({ appliedChanges }) => appliedChanges),
    winnow_lane_applied_sequence: ofLanes(({ positions }) => lowestOf(positions)),
    winnow_lane_stalled: ofLanes(({ isStalled }) => (isStalled ? 1 : 0)),
    winnow_lane_retries_total: known.flatMap(({ table, index }) =>
      [...index.progress.retries].map(([reason, value]) => {
        return { labels: { table: fullName(table), index_table: fullName(index.definition), reason }, value };
      }),
    ),
    winnow_index_table_live: ofIndexTables(({ status }) => (status.state === 'live' ? 1 : 0)),
    winnow_index_table_hits_total: ofIndexTables(({ index }) => index.progress.hits),
    winnow_drift_rows: ofIndexTables(({ status }) => status.comparison?.driftRows ?? 0),
  };
}

function labelsText(labels: Labels): string {
  const texts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return texts.length === 0 ? '' : `{${texts.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}

const numberText = (value: number): string => (value === Number.POSITIVE_INFINITY ? '+Inf' : String(value));
