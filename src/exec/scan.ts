// scan.ts — reads the rows of a table by its access path, and counts what that took.

import { WinnowError } from '../base/errors.ts';
import { assert } from '../base/assert.ts';
import type { Expression } from '../expr/expression.ts';
import { isPartsPath, type ReadView } from '../catalog/access.ts';
import type { AccessPath, Lookup, TableSource } from '../plan/plan.ts';
import type { RowAddress, RowTableDefinition } from '../rows/definition.ts';
import { sliceBlock } from '../types/block.ts';
import type { Block } from '../types/column.ts';
import { checkpoint, type ExecContext } from './context.ts';
import { filterRows } from './filter.ts';
import { addressMaker } from './lookup.ts';
import { scanParts } from './scan-parts.ts';
import { sortRows } from './sort.ts';

/** Blocks with the source's columns. */
export async function* scanTable(source: TableSource, context: ExecContext): AsyncGenerator<Block> {
  const rows = tableRows(source, context);
  try {
    for (;;) {
      // What storage counts while others have the turn belongs to them.
      const count = storageCounter(context);
      const next = await rows.next().finally(count);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    await rows.return(undefined);
  }
}

async function* tableRows(source: TableSource, context: ExecContext): AsyncGenerator<Block> {
  const { lookup } = source.access;
  const scanned = countedBlocks(source, context);
  if (!lookup) return yield* scanned;
  const { entryFilter, sort, limit } = lookup;
  const entries = filteredBlocks(scanned, entryFilter);
  const wanted = sort ? sortRows(entries, { ...sort, limit }, context) : entries;
  const fetched = lookingUp(source, lookup, context);
  for await (const block of wanted)
    for await (const rows of fetched(block)) if (rows.rowCount > 0) yield rows;
}

async function* countedBlocks(source: TableSource, context: ExecContext): AsyncGenerator<Block> {
  for await (const block of sourceBlocks(source, context)) {
    countRows(block.rowCount, context);
    checkpoint(context);
    if (block.rowCount > 0) yield block;
  }
}

async function* filteredBlocks(
  blocks: AsyncIterable<Block>,
  conjuncts: readonly Expression[],
): AsyncGenerator<Block> {
  for await (const block of blocks) yield filterRows(block, conjuncts);
}

function sourceBlocks(source: TableSource, context: ExecContext): AsyncIterable<Block> {
  const { points, parts, path } = source.access;
  if (points) return pointBlocks(source, points, context);
  if (parts && isPartsPath(path)) return scanParts({ ...source.access, parts, path }, context);
  return entriesOf(source, context.view);
}

async function* entriesOf({ access }: TableSource, view: ReadView): AsyncGenerator<Block> {
  const { path, scanColumns: columns, order, limit, appliedOnly } = access;
  assert(path.kind !== 'mergeTree', 'parts are read by granules');
  const how = {
    path,
    columns,
    limit,
    appliedOnly,
    reverse: order === 'reverse',
    ordered: order !== undefined,
  };
  for (const { shards, ranges } of access.scans) yield* view.scan({ ...how, shards, ranges });
}

/** Rows of known primary keys: read one by one, which spares opening a range for each. */
async function* pointBlocks(
  { access, columns }: TableSource,
  points: readonly RowAddress[],
  context: ExecContext,
): AsyncGenerator<Block> {
  const { view, counters, timers, maxBlockRows } = context;
  counters.shardsRead += new Set(points.map(({ shard }) => shard)).size;
  for (let start = 0; start < points.length; start += maxBlockRows) {
    const addresses = points.slice(start, start + maxBlockRows);
    counters.entriesRead += addresses.length;
    yield view.lookup(rowTableOf(access), addresses, columns);
    // Rows are fetched synchronously: give others a turn before the next ones.
    if (addresses.length === maxBlockRows) await timers.yield();
  }
}

/** Only rows of row tables are fetched by key. */
function rowTableOf({ table }: AccessPath): RowTableDefinition {
  assert(table.kind === 'rowTable', 'rows fetched by key lie in a row table');
  return table;
}

/** Rows of the first second hop; each further one takes twice as many, because many queries need only a few. */
const FIRST_LOOKUP_ROWS = 64;
const MAX_LOOKUP_ROWS = 1024;

/** Fetches rows or details for entries, some at a time. */
function lookingUp(
  source: TableSource,
  lookup: Lookup,
  context: ExecContext,
): (block: Block) => AsyncIterable<Block> {
  const fetch = lookup.to === 'rows' ? rowFetcher(source, context) : detailFetcher(source, context);
  let size = FIRST_LOOKUP_ROWS;
  let left = lookup.limit ?? Number.POSITIVE_INFINITY;
  return async function* (entries) {
    for (let start = 0; start < entries.rowCount && left > 0;) {
      const end = Math.min(start + Math.min(size, left), entries.rowCount);
      const rows = fetch(sliceBlock(entries, start, end));
      yield rows;
      left -= rows.rowCount;
      start = end;
      size = Math.min(2 * size, MAX_LOOKUP_ROWS);
      if (start < entries.rowCount) await context.timers.yield();
    }
  };
}

type Fetcher = (entries: Block) => Block;

function rowFetcher({ access, columns }: TableSource, { view, counters }: ExecContext): Fetcher {
  const table = rowTableOf(access);
  const addressesOf = addressMaker(table, access.scanColumns);
  return (entries) => {
    const addresses = addressesOf(entries);
    counters.rowsLookedUp += addresses.length;
    for (const { shard } of addresses) counters.lookupShards.add(shard);
    return view.lookup(table, addresses, columns);
  };
}

/** Blocks have the columns of the entries and those of their details. */
function detailFetcher({ access, columns }: TableSource, { view }: ExecContext): Fetcher {
  const { path, scanColumns: entryColumns, appliedOnly } = access;
  assert(path.kind === 'indexTable', 'details belong to entries');
  const fetched = columns.filter((column) => !entryColumns.includes(column));
  return (entries) => {
    const details = view.details({ path, entries, entryColumns, columns: fetched, appliedOnly });
    return {
      rowCount: entries.rowCount,
      columns: columns.map((column) => {
        const place = entryColumns.indexOf(column);
        return place < 0 ? details.columns[fetched.indexOf(column)]! : entries.columns[place]!;
      }),
    };
  };
}

export function countRows(rowCount: number, context: ExecContext): void {
  const { counters, maxRowsToRead, rowsRead } = context;
  counters.rowsScanned += rowCount;
  rowsRead.count += rowCount;
  if (maxRowsToRead === 0 || rowsRead.count <= maxRowsToRead) return;
  throw new WinnowError(
    'TOO_MANY_ROWS',
    `Limit for rows to read exceeded: read ${rowsRead.count}, maximum: ${maxRowsToRead}`,
    {
      hint: 'Narrow the query (EXPLAIN FUNNEL shows where), or raise the setting max_rows_to_read.',
    },
  );
}

/** Adds what the view counts from now on to the query's own counters, at every call. */
export function storageCounter({ view, counters }: ExecContext): () => void {
  const names = ['shardsRead', 'entriesRead', 'bytesRead', 'tailRowsOverlaid', 'detailsFetched'] as const;
  let before = { ...view.counters };
  return () => {
    for (const name of names) counters[name] += view.counters[name] - before[name];
    before = { ...view.counters };
  };
}
