import type { Freshness } from '../catalog/access.ts';
import type { Database, QueryResult, QuerySummary } from '../engine/api.ts';

/** Headers that describe an answer, as known now; final once its blocks are read. */
export function resultHeaders(
  result: QueryResult,
  format: string,
  { storeId }: Pick<Database, 'storeId'>,
): Record<string, string> {
  const freshness = result.freshness();
  return {
    ...(result.columns.length > 0 && { 'X-ClickHouse-Format': format }),
    'X-ClickHouse-Summary': summaryJson(result.summary),
    'X-Winnow-Position': String(result.position()),
    'X-Winnow-Store': storeId,
    ...(freshness && { 'X-Winnow-Freshness': freshnessJson(freshness) }),
  };
}

/** Proxies and clients refuse long headers. */
const maxPositions = 64;

/** In ASCII, because it is a header and table names may be anything. */
function freshnessJson(freshness: Freshness): string {
  const json = JSON.stringify({
    level: freshness.level,
    sequence: freshness.sequence,
    access_path: freshness.accessPath,
    tail_rows_overlaid: freshness.tailRowsOverlaid,
    age_ms: freshness.ageMs,
    ...(freshness.positions.length <= maxPositions && { positions: positionsByPath(freshness.positions) }),
  });
  return json.replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function positionsByPath(positions: Freshness['positions']): Record<string, Record<number, number>> {
  const byPath: Record<string, Record<number, number>> = {};
  for (const { path, shard, sequence } of positions) (byPath[path] ??= {})[shard] = sequence;
  return byPath;
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
