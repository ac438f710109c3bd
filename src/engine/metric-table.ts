// metric-table.ts — every metric as data: /metrics, system.metrics and the reference page come from this one table.

export type MetricDefinition = {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Names of its labels. Their values are names of objects, or words of a short list: never text of queries, never keys. */
  readonly labels: readonly string[];
  readonly meaning: string;
};

const ofLane = ['table', 'index_table', 'lane'] as const;

export const metricTable = {
  winnow_row_writes_total: {
    kind: 'counter',
    labels: [],
    meaning: 'Rows written or deleted by statements and the API.',
  },
  winnow_query_duration_seconds: {
    kind: 'histogram',
    labels: ['access_path', 'kind'],
    meaning:
      'Time of statements, by the kind of access path they read (none: no stored table) and their own kind.',
  },
  winnow_query_rows_read_total: { kind: 'counter', labels: [], meaning: 'Rows read from tables by queries.' },
  winnow_query_rows_returned_total: { kind: 'counter', labels: [], meaning: 'Rows in answers.' },
  winnow_query_errors_total: {
    kind: 'counter',
    labels: ['code'],
    meaning: 'Statements that failed, by error number.',
  },
  winnow_funnel_stage_kept_ratio: {
    kind: 'gauge',
    labels: ['stage'],
    meaning: 'Share that a stage of the funnel kept of what reached it, over all SELECTs.',
  },
  winnow_worker_jobs_total: {
    kind: 'counter',
    labels: [],
    meaning: 'Shares of queries that worker threads have done.',
  },
  winnow_log_thread_pieces_total: {
    kind: 'counter',
    labels: [],
    meaning: 'Pieces of the log that threads applied to index tables far behind.',
  },
  winnow_commit_sequence: { kind: 'gauge', labels: [], meaning: 'Newest committed sequence.' },
  winnow_open_transactions: {
    kind: 'gauge',
    labels: [],
    meaning: 'Transactions that have begun and not ended.',
  },
  winnow_rows: { kind: 'gauge', labels: ['table'], meaning: 'Rows of a table.' },
  winnow_parts: {
    kind: 'gauge',
    labels: ['table'],
    meaning: 'Active parts of a MergeTree table or a columnar index table.',
  },
  winnow_row_log_bytes: {
    kind: 'gauge',
    labels: ['table'],
    meaning: 'Bytes of log kept for a row table, roughly.',
  },
  winnow_row_log_oldest_seconds: {
    kind: 'gauge',
    labels: ['table'],
    meaning: 'Age of the oldest log record that is kept, roughly; 0 when there is none.',
  },
  winnow_lane_lag_seconds: {
    kind: 'gauge',
    labels: ofLane,
    meaning: 'Age of the oldest commit that the lane has not applied; +Inf when it is not known.',
  },
  winnow_lane_lag_changes: {
    kind: 'gauge',
    labels: ofLane,
    meaning: 'Changes that wait for the lane; absent while it follows the log, where they are not counted.',
  },
  winnow_lane_applied_changes_total: {
    kind: 'counter',
    labels: ofLane,
    meaning: 'Changes applied by the lane.',
  },
  winnow_lane_applied_sequence: {
    kind: 'gauge',
    labels: ofLane,
    meaning: 'Sequence up to which every shard of the lane is applied.',
  },
  winnow_lane_stalled: {
    kind: 'gauge',
    labels: ofLane,
    meaning: '1 when the lane has had work for 5 seconds and its position has not changed.',
  },
  winnow_lane_retries_total: {
    kind: 'counter',
    labels: ['table', 'index_table', 'reason'],
    meaning: 'Times that applying changes failed and was tried again, by the name of the error.',
  },
  winnow_index_table_live: {
    kind: 'gauge',
    labels: ['index_table'],
    meaning: '1 when the index table answers exactly.',
  },
  winnow_index_table_hits_total: {
    kind: 'counter',
    labels: ['index_table'],
    meaning: 'Queries that read the index table.',
  },
  winnow_drift_rows: {
    kind: 'gauge',
    labels: ['index_table'],
    meaning: 'Entries that differed when the index table was last compared with its row table.',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metricTable;
