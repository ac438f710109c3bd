import type { QueryResult, QuerySummary } from '../engine/api.ts';

/** Headers that describe an answer, as known now; final once its blocks are read. */
export function resultHeaders(result: QueryResult): Record<string, string> {
  const freshness = result.freshness();
  return {
    'X-ClickHouse-Summary': summaryJson(result.summary),
    ...(freshness && {
      'X-Winnow-Position': String(freshness.sequence),
      'X-Winnow-Freshness': JSON.stringify({
        level: freshness.level,
        sequence: freshness.sequence,
        access_path: freshness.accessPath,
        tail_rows_overlaid: freshness.tailRowsOverlaid,
        age_ms: freshness.ageMs,
      }),
    }),
  };
}

/** Numbers as strings, as ClickHouse sends them. */
function summaryJson(summary: QuerySummary): string {
  return JSON.stringify({
    read_rows: String(summary.readRows),
    read_bytes: String(summary.readBytes),
    written_rows: String(summary.writtenRows),
    written_bytes: String(summary.writtenBytes),
    result_rows: String(summary.resultRows),
    elapsed_ns: String(Math.round(summary.elapsedMs * 1e6)),
  });
}
