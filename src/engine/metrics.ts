// metrics.ts — the numbers of /metrics: counters kept by statements, gauges read from the store when asked.

import { isPartsPath, lowestOf, type IndexTableStatus } from '../catalog/access.ts';
import type { TableDefinition } from '../catalog/definitions.ts';
import type { Store } from './store.ts';

/** What a statement does, as a label. */
export type StatementKind =
  | 'select'
  | 'insert'
  | 'update'
  | 'delete'
  | 'explain'
  | 'transaction'
  | 'show'
  | 'definition'
  | 'session';

// Upper bounds in seconds: from a point read to a full scan.
const durationBounds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

type Histogram = { readonly counts: number[]; sum: number; count: number };

export type Metrics = {
  rowWrites: number;
  rowsRead: number;
  rowsReturned: number;
  readonly errors: Map<number, number>;
  readonly durations: Map<StatementKind, Histogram>;
};

export function createMetrics(): Metrics {
  return { rowWrites: 0, rowsRead: 0, rowsReturned: 0, errors: new Map(), durations: new Map() };
}

export function countStatement(metrics: Metrics, kind: StatementKind, elapsedMs: number): void {
  let histogram = metrics.durations.get(kind);
  if (!histogram) {
    histogram = { counts: durationBounds.map(() => 0), sum: 0, count: 0 };
    metrics.durations.set(kind, histogram);
  }
  const seconds = elapsedMs / 1000;
  const bucket = durationBounds.findIndex((bound) => seconds <= bound);
  if (bucket >= 0) histogram.counts[bucket]! += 1;
  histogram.sum += seconds;
  histogram.count += 1;
}

export function countError(metrics: Metrics, errorNumber: number): void {
  metrics.errors.set(errorNumber, (metrics.errors.get(errorNumber) ?? 0) + 1);
}

/** The text of /metrics, in Prometheus' exposition format. */
export function renderMetrics(metrics: Metrics, store: Store): string {
  return [
    family('winnow_row_writes_total', 'counter', 'Rows written or deleted by statements and the API.', [
      ['', metrics.rowWrites],
    ]),
    family('winnow_query_rows_read_total', 'counter', 'Rows read from tables by queries.', [
      ['', metrics.rowsRead],
    ]),
    family('winnow_query_rows_returned_total', 'counter', 'Rows in answers.', [['', metrics.rowsReturned]]),
    family(
      'winnow_query_errors_total',
      'counter',
      'Statements that failed, by error number.',
      [...metrics.errors].map(([code, count]) => [`{code="${code}"}`, count]),
    ),
    durationFamily(metrics),
    family('winnow_worker_jobs_total', 'counter', 'Shares of queries that worker threads have done.', [
      ['', store.workers.jobsDone],
    ]),
    family('winnow_commit_sequence', 'gauge', 'Newest committed sequence.', [['', store.head]]),
    family('winnow_open_transactions', 'gauge', 'Transactions that have begun and not ended.', [
      ['', store.openTransactions],
    ]),
    ...tableFamilies(store),
  ].join('');
}

type Sample = readonly [labels: string, value: number];

function family(name: string, kind: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(([labels, value]) => `${name}${labels} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${lines.join('')}`;
}

function durationFamily(metrics: Metrics): string {
  const name = 'winnow_query_duration_seconds';
  const lines: string[] = [];
  for (const [kind, histogram] of metrics.durations) {
    let total = 0;
    durationBounds.forEach((bound, i) => {
      total += histogram.counts[i]!;
      lines.push(`${name}_bucket{kind="${kind}",le="${bound}"} ${total}\n`);
    });
    lines.push(`${name}_bucket{kind="${kind}",le="+Inf"} ${histogram.count}\n`);
    lines.push(
      `${name}_sum{kind="${kind}"} ${histogram.sum}\n`,
      `${name}_count{kind="${kind}"} ${histogram.count}\n`,
    );
  }
  return `# HELP ${name} Time of statements, by kind.\n# TYPE ${name} histogram\n${lines.join('')}`;
}

function tableFamilies(store: Store): string[] {
  const objects = store.databases().flatMap((database) => store.tables(database));
  const stored = objects.filter((object) => object.kind !== 'indexTable').map(({ id }) => store.status(id));
  const tables = stored.filter(({ definition }) => definition.kind === 'rowTable');
  const madeOfParts = objects.filter(isPartsPath);
  const indexTables = tables.flatMap((table) => table.indexTables);
  const gauge = (name: string, help: string, value: (status: IndexTableStatus) => number): string =>
    family(
      name,
      'gauge',
      help,
      indexTables.map((status) => [indexLabels(status), value(status)]),
    );
  return [
    family(
      'winnow_rows',
      'gauge',
      'Rows of a table.',
      stored.map(({ definition, rowCount }) => [tableLabels(definition), rowCount]),
    ),
    family(
      'winnow_row_log_bytes',
      'gauge',
      'Bytes of log kept for a row table, roughly.',
      tables.map(({ definition }) => [tableLabels(definition), store.logBytes(definition.id)]),
    ),
    family(
      'winnow_parts',
      'gauge',
      'Active parts of a MergeTree table or a columnar index table.',
      madeOfParts.map((path) => [tableLabels(path), store.partsOf(path).length]),
    ),
    gauge(
      'winnow_lane_lag_seconds',
      'Age of the oldest change not yet applied.',
      (status) => status.lagMs / 1000,
    ),
    gauge(
      'winnow_lane_lag_changes',
      'Changes not yet applied that the tail holds.',
      (status) => status.tailChanges,
    ),
    gauge('winnow_lane_applied_sequence', 'Sequence up to which every shard is applied.', ({ positions }) =>
      lowestOf(positions),
    ),
    gauge(
      'winnow_drift_rows',
      'Entries that differed when the index table was last compared with its row table.',
      ({ comparison }) => comparison?.driftRows ?? 0,
    ),
    gauge('winnow_index_table_live', '1 when the index table answers exactly.', (status) =>
      status.state === 'live' ? 1 : 0,
    ),
  ];
}

function tableLabels({ database, name }: Pick<TableDefinition, 'database' | 'name'>): string {
  return `{table="${escapeLabel(`${database}.${name}`)}"}`;
}

function indexLabels({ definition }: IndexTableStatus): string {
  return `{index_table="${escapeLabel(`${definition.database}.${definition.name}`)}"}`;
}

function escapeLabel(text: string): string {
  return text.replace(/[\\"\n]/g, (c) => (c === '\n' ? '\\n' : `\\${c}`));
}
